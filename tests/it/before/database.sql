-- A database as the version before wrote it (b3d7e98, SQLite), read by `tests/it/before.rs`: a school of twelve students with every module
-- synced once, a second mapping version, options of a module, records that wait, a run that is held with six removals, and one
-- whose worker was killed. Its master key is 32 bytes of the text "stored by the version before 1.0". Names are the sandbox's.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE api_budget (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        provider varchar(16) NOT NULL,
        hour_ms bigint NOT NULL,
        calls bigint NOT NULL,
        credits bigint NOT NULL,
        PRIMARY KEY (tenant_id, provider, hour_ms)
    );
INSERT INTO "api_budget" VALUES('default','zoho',1796007600000,21,21);
INSERT INTO "api_budget" VALUES('default','moodle',1796007600000,12,0);
CREATE TABLE api_keys (
        key_id varchar(100) PRIMARY KEY,
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        roles varchar(255) NOT NULL,
        secret blob NOT NULL,
        created_at timestamp_text NOT NULL,
        revoked_at timestamp_text
    );
INSERT INTO "api_keys" VALUES('ext_key_default','default','platform,owner',X'01011D54E6DB3A80FB8633F47AB2406839EB502EC0C5C5C51EE31DAD7991159408BB1592BD61CA66EB0F2A7F113E842223886DD7A8389A482BEF979560BB79FCB9C696F5938A41E01552661F383DFBB98247F2DE9B1418C6F5EE8C60','2026-11-30T03:48:16.257286+00:00',NULL);
CREATE TABLE applied_removals (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        run_id varchar(36) NOT NULL,
        applied_at timestamp_text NOT NULL,
        applied bigint NOT NULL
    );
CREATE TABLE audit_entries (
        entry_id varchar(36) PRIMARY KEY,
        tenant_id varchar(100) NOT NULL,
        key_id varchar(100) NOT NULL,
        action varchar(64) NOT NULL,
        resource varchar(255) NOT NULL,
        change json_text NOT NULL,
        created_at timestamp_text NOT NULL
    );
INSERT INTO "audit_entries" VALUES('9a55f190-111d-4bfa-974f-a8a33c5ac0cc','default','ext_key_default','settings.update','default','{"moodle_enabled":[false,true],"zoho_enabled":[true,true],"moodle_base_url":[null,"http://127.0.0.1:38202"],"zoho_api_domain":[null,"http://127.0.0.1:38201"],"zoho_accounts_url":[null,"http://127.0.0.1:38201"],"zoho_client_id":[null,"sandbox-client"],"moodle_api_token":"replaced","zoho_client_secret":"replaced","zoho_refresh_token":"replaced"}','2026-11-30T03:48:40.373153+00:00');
INSERT INTO "audit_entries" VALUES('0eaec9e0-af06-4903-8e21-728931813b1c','default','ext_key_default','module.update','students','{"enabled":true,"schedule_mode":"manual","schedule_cron":null,"zoho_module":null,"options":{"form":"user","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}}','2026-11-30T03:48:40.382890+00:00');
INSERT INTO "audit_entries" VALUES('91005db4-7448-4794-a454-317207ff4a85','default','ext_key_default','module.update','programs','{"enabled":true,"schedule_mode":"manual","schedule_cron":null,"zoho_module":null,"options":{"form":"category","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}}','2026-11-30T03:48:40.395995+00:00');
INSERT INTO "audit_entries" VALUES('dfc0e859-0217-43c5-b226-deba157b7a8d','default','ext_key_default','module.update','units','{"enabled":true,"schedule_mode":"manual","schedule_cron":null,"zoho_module":null,"options":{"form":"course","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"local_mzi_create_btec_definition","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}}','2026-11-30T03:48:40.410269+00:00');
INSERT INTO "audit_entries" VALUES('18667776-f5bf-4e2c-8546-9c0da03f8e89','default','ext_key_default','module.update','classes','{"enabled":true,"schedule_mode":"manual","schedule_cron":null,"zoho_module":null,"options":{"form":"course","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}}','2026-11-30T03:48:40.434528+00:00');
INSERT INTO "audit_entries" VALUES('b6c5aee8-fe9c-48a4-9b4f-500164e01894','default','ext_key_default','module.update','registrations','{"enabled":true,"schedule_mode":"manual","schedule_cron":null,"zoho_module":null,"options":{"form":"cohort","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}}','2026-11-30T03:48:40.446046+00:00');
INSERT INTO "audit_entries" VALUES('183df7a8-c0fa-4b3a-884d-c60252edbeee','default','ext_key_default','module.update','enrollments','{"enabled":true,"schedule_mode":"manual","schedule_cron":null,"zoho_module":null,"options":{"form":"enrolment","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}}','2026-11-30T03:48:40.459199+00:00');
INSERT INTO "audit_entries" VALUES('ce993121-7fc8-4231-9867-94bfdbb998c4','default','ext_key_default','module.update','payments','{"enabled":true,"schedule_mode":"manual","schedule_cron":null,"zoho_module":null,"options":{"form":"profile","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"local_mzi_record_payment","parameter":"paymentdata","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}}','2026-11-30T03:48:40.487602+00:00');
INSERT INTO "audit_entries" VALUES('21d05258-8bac-4652-b062-4af15601cbe8','default','ext_key_default','mapping.replace','programs','{"version":2,"mappings":[{"canonical_field":"name","zoho_field_api_name":"Product_Name","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"code","zoho_field_api_name":"Program_ID","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"description","zoho_field_api_name":"Description_2","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"status","zoho_field_api_name":"Status","required":true,"default_value":"Active","transform_rules":{}},{"canonical_field":"moodle_category_id","zoho_field_api_name":"MoodleID","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"price","zoho_field_api_name":"Program_Price","required":false,"default_value":null,"transform_rules":{}}]}','2026-11-30T03:48:51.042667+00:00');
INSERT INTO "audit_entries" VALUES('c437fd31-7768-4064-9297-50acec9a2040','default','ext_key_default','module.update','students','{"enabled":true,"schedule_mode":"manual","schedule_cron":null,"zoho_module":null,"options":{"form":"user","create_users":false,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"suspend","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}}','2026-11-30T03:48:51.056719+00:00');
CREATE TABLE data_keys (
        tenant_id varchar(100) PRIMARY KEY REFERENCES tenant_profiles ON DELETE CASCADE,
        data_key_id blob NOT NULL UNIQUE,
        master_key_id varchar(64) NOT NULL,
        wrapped blob NOT NULL,
        created_at timestamp_text NOT NULL
    );
INSERT INTO "data_keys" VALUES('default',X'1D54E6DB3A80FB8633F47AB2406839EB','2f955c97751ac1c9',X'57BE691E15D2BF762028B92C31FD660049CED8863A4476B03FC68E8921DEF6350622776654C444D688E9C3A66EEC09B742020BC132BF131394ADEA3DC1FEDE6E7D1B3365DA791A06','2026-11-30T03:48:16.257286+00:00');
CREATE TABLE field_mappings (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        canonical_field varchar(100) NOT NULL,
        position integer NOT NULL,
        zoho_field_api_name varchar(100) NOT NULL,
        required boolean NOT NULL,
        default_value varchar(500),
        transform_rules json_text NOT NULL,
        PRIMARY KEY (tenant_id, module_name, canonical_field)
    );
INSERT INTO "field_mappings" VALUES('default','students','academic_email',0,'Academic_Email',1,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','students','username',1,'Academic_Email',1,NULL,'{"type":"before_at","description":"The part of the address before the @"}');
INSERT INTO "field_mappings" VALUES('default','students','display_name',2,'Display_Name',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','students','phone',3,'Phone_Number',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','students','status',4,'Status',1,'Active','{}');
INSERT INTO "field_mappings" VALUES('default','students','profile_image_url',5,'Profile_Image',0,NULL,'{"type":"image_url_resolver"}');
INSERT INTO "field_mappings" VALUES('default','students','first_name',6,'First_Name',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','students','last_name',7,'Last_Name',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','students','student_number',8,'Name',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','students','moodle_user_id',9,'Student_Moodle_ID',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','classes','name',0,'Class_Name',1,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','classes','teacher_zoho_id',1,'Teacher',0,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','classes','program_zoho_id',2,'BTEC_Program',0,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','classes','start_date',3,'Start_Date',0,NULL,'{"type":"date_only"}');
INSERT INTO "field_mappings" VALUES('default','classes','end_date',4,'End_Date',0,NULL,'{"type":"date_only"}');
INSERT INTO "field_mappings" VALUES('default','classes','short_name',5,'Class_Short_Name',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','classes','status',6,'Class_Status',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','classes','unit_zoho_id',7,'Unit',0,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','classes','moodle_course_id',8,'Moodle_Class_ID',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','classes','ms_teams_id',9,'MS_Teams_ID',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','enrollments','student_zoho_id',0,'Enrolled_Students',1,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','enrollments','class_zoho_id',1,'Classes',1,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','enrollments','enrollment_status',2,'Enrollment_Status',1,'Active','{}');
INSERT INTO "field_mappings" VALUES('default','enrollments','enrollment_date',3,'Start_Date',0,NULL,'{"type":"date_only"}');
INSERT INTO "field_mappings" VALUES('default','enrollments','end_date',4,'End_Date',0,NULL,'{"type":"date_only"}');
INSERT INTO "field_mappings" VALUES('default','enrollments','enrollment_type',5,'Enrollment_Type',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','enrollments','moodle_course_id',6,'Moodle_Course_ID',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','units','name',0,'Name',1,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','units','code',1,'Unit_Code',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','units','credits',2,'Unit_Credit',0,NULL,'{"type":"to_integer"}');
INSERT INTO "field_mappings" VALUES('default','units','level',3,'Unit_Level',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','units','criteria',4,'P1_description',0,NULL,'{"type":"chain","params":{"steps":[{"type":"cel","params":{"expr":"[{''shortname'':''P1'',''description'':r.P1_description},{''shortname'':''P2'',''description'':r.P2_description},{''shortname'':''P3'',''description'':r.P3_description},{''shortname'':''P4'',''description'':r.P4_description},{''shortname'':''P5'',''description'':r.P5_description},{''shortname'':''P6'',''description'':r.P6_description},{''shortname'':''P7'',''description'':r.P7_description},{''shortname'':''P8'',''description'':r.P8_description},{''shortname'':''P9'',''description'':r.P9_description},{''shortname'':''P10'',''description'':r.P10_description},{''shortname'':''M1'',''description'':r.M1_description},{''shortname'':''M2'',''description'':r.M2_description},{''shortname'':''M3'',''description'':r.M3_description},{''shortname'':''M4'',''description'':r.M4_description},{''shortname'':''M5'',''description'':r.M5_description},{''shortname'':''M6'',''description'':r.M6_description},{''shortname'':''M7'',''description'':r.M7_description},{''shortname'':''M8'',''description'':r.M8_description},{''shortname'':''M9'',''description'':r.M9_description},{''shortname'':''D1'',''description'':r.D1_description},{''shortname'':''D2'',''description'':r.D2_description},{''shortname'':''D3'',''description'':r.D3_description},{''shortname'':''D4'',''description'':r.D4_description},{''shortname'':''D5'',''description'':r.D5_description},{''shortname'':''D6'',''description'':r.D6_description}].filter(c, c.description != null)"}},{"type":"json"}]},"description":"The criteria''s texts as a list of {shortname, description}"}');
INSERT INTO "field_mappings" VALUES('default','registrations','student_zoho_id',0,'Student_ID',1,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','registrations','program_zoho_id',1,'Program',1,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','registrations','enrollment_status',2,'Registration_Status',1,'New','{}');
INSERT INTO "field_mappings" VALUES('default','registrations','registration_date',3,'Registration_Date',0,NULL,'{"type":"date_only"}');
INSERT INTO "field_mappings" VALUES('default','registrations','registration_number',4,'Name',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','registrations','program_name',5,'Program',0,NULL,'{"type":"lookup_name"}');
INSERT INTO "field_mappings" VALUES('default','registrations','total_fees',6,'Program_Price',0,NULL,'{"type":"money"}');
INSERT INTO "field_mappings" VALUES('default','registrations','remaining_amount',7,'Remaining_Amount',0,NULL,'{"type":"money"}');
INSERT INTO "field_mappings" VALUES('default','registrations','currency',8,'Currency',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','registrations','study_mode',9,'Study_Mode',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','registrations','payment_schedule',10,'Payment_Schedule',0,NULL,'{"type":"json"}');
INSERT INTO "field_mappings" VALUES('default','payments','registration_zoho_id',0,'Registration_ID',1,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','payments','amount',1,'Payment_Amount',1,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','payments','payment_status',2,'Payment_Status',1,'Confirmed','{}');
INSERT INTO "field_mappings" VALUES('default','payments','payment_date',3,'Payment_Date',0,NULL,'{"type":"date_only"}');
INSERT INTO "field_mappings" VALUES('default','payments','payment_method',4,'Payment_Method',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','payments','payment_number',5,'Name',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','payments','student_zoho_id',6,'Student_ID',0,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','payments','voucher_number',7,'SRM_Voucher_Number',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','payments','installment_number',8,'Installment_No',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','payments','note',9,'Note',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','payments','payment_type',10,'Payment_Type',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','grades','student_zoho_id',0,'Student',1,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','grades','unit_zoho_id',1,'Class',1,NULL,'{"type":"lookup_id","description":"The class; a grade has no unit of its own, it is that of its class"}');
INSERT INTO "field_mappings" VALUES('default','grades','grade_value',2,'Grade',1,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','grades','grade_date',3,'Attempt_Date',0,NULL,'{"type":"date_only"}');
INSERT INTO "field_mappings" VALUES('default','grades','class_zoho_id',4,'Class',0,NULL,'{"type":"lookup_id"}');
INSERT INTO "field_mappings" VALUES('default','grades','attempt_number',5,'Attempt_Number',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','grades','grade_status',6,'Grade_Status',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','grades','feedback',7,'Feedback',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','grades','learning_outcomes',8,'Learning_Outcomes_Assessm',0,NULL,'{"type":"json"}');
INSERT INTO "field_mappings" VALUES('default','programs','name',0,'Product_Name',1,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','programs','code',1,'Program_ID',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','programs','description',2,'Description_2',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','programs','status',3,'Status',1,'Active','{}');
INSERT INTO "field_mappings" VALUES('default','programs','moodle_category_id',4,'MoodleID',0,NULL,'{}');
INSERT INTO "field_mappings" VALUES('default','programs','price',5,'Program_Price',0,NULL,'{}');
CREATE TABLE integration_settings (
        tenant_id varchar(100) PRIMARY KEY REFERENCES tenant_profiles ON DELETE CASCADE,
        moodle_enabled boolean NOT NULL,
        moodle_base_url varchar(500),
        moodle_api_token blob,
        zoho_enabled boolean NOT NULL,
        zoho_api_domain varchar(255),
        zoho_org_id varchar(100),
        zoho_accounts_url varchar(255),
        zoho_client_id varchar(255),
        zoho_client_secret blob,
        zoho_refresh_token blob,
        extension_api_key varchar(100) NOT NULL,
        updated_at timestamp_text NOT NULL
    , grades_writeback boolean NOT NULL DEFAULT false, zoho_daily_credits bigint, keep_days integer, time_zone varchar(64), linked_site varchar(500), moodle_token_site varchar(500));
INSERT INTO "integration_settings" VALUES('default',1,'http://127.0.0.1:38202',X'01011D54E6DB3A80FB8633F47AB2406839EB0C823CEEE3535F8197AB308B32473E2578EAF8EE19B6959F15F57AC9FD42D416FE8E0C26D4FF024C2FD887B0652F8C3FD2A3C9585011',1,'http://127.0.0.1:38201',NULL,'http://127.0.0.1:38201','sandbox-client',X'01011D54E6DB3A80FB8633F47AB2406839EB0AE7A2BF372F63BABAED3B79D0D73790350B42F68B0793184B7A6B4B676327428ED8FD18CE0EB769FB97F832E424B7B8E5FCF1875F699E85B55319',X'01011D54E6DB3A80FB8633F47AB2406839EBD2B6F9FBFDB6D08DD77840D08D583BF761A2F2F85724A19157AD8C0C4117F5A6D3E41E33665FB84B641902B0E87A4653E87BD630F983F3','ext_key_default','2026-11-30T03:48:40.373153+00:00',0,NULL,NULL,NULL,'http://127.0.0.1:38202',NULL);
CREATE TABLE mapping_tests (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        position integer NOT NULL,
        name varchar(100),
        given json_text NOT NULL,
        expect json_text NOT NULL,
        expect_error varchar(64),
        PRIMARY KEY (tenant_id, module_name, position)
    );
CREATE TABLE mapping_versions (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        number bigint NOT NULL,
        author varchar(100) NOT NULL,
        reason varchar(500),
        hash varchar(64) NOT NULL,
        rows json_text NOT NULL,
        created_at timestamp_text NOT NULL,
        PRIMARY KEY (tenant_id, module_name, number)
    );
INSERT INTO "mapping_versions" VALUES('default','students',1,'ext_key_default',NULL,'33db56d3947ca65403a8d3ac4164c3046f6705011603198a3f69b03b4cec5f48','[{"canonical_field":"academic_email","zoho_field_api_name":"Academic_Email","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"username","zoho_field_api_name":"Academic_Email","required":true,"default_value":null,"transform_rules":{"type":"before_at","description":"The part of the address before the @"}},{"canonical_field":"display_name","zoho_field_api_name":"Display_Name","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"phone","zoho_field_api_name":"Phone_Number","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"status","zoho_field_api_name":"Status","required":true,"default_value":"Active","transform_rules":{}},{"canonical_field":"profile_image_url","zoho_field_api_name":"Profile_Image","required":false,"default_value":null,"transform_rules":{"type":"image_url_resolver"}},{"canonical_field":"first_name","zoho_field_api_name":"First_Name","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"last_name","zoho_field_api_name":"Last_Name","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"student_number","zoho_field_api_name":"Name","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"moodle_user_id","zoho_field_api_name":"Student_Moodle_ID","required":false,"default_value":null,"transform_rules":{}}]','2026-11-30T03:48:16.257286+00:00');
INSERT INTO "mapping_versions" VALUES('default','programs',1,'ext_key_default',NULL,'90bd6bdae893a1e14ad555f977aa5821d49cd2a39f5dfcc4a984c75a79118f2f','[{"canonical_field":"name","zoho_field_api_name":"Product_Name","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"code","zoho_field_api_name":"Program_ID","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"description","zoho_field_api_name":"Description","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"status","zoho_field_api_name":"Status","required":true,"default_value":"Active","transform_rules":{}},{"canonical_field":"moodle_category_id","zoho_field_api_name":"MoodleID","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"price","zoho_field_api_name":"Program_Price","required":false,"default_value":null,"transform_rules":{}}]','2026-11-30T03:48:16.257286+00:00');
INSERT INTO "mapping_versions" VALUES('default','classes',1,'ext_key_default',NULL,'194832ffd17725ba7c812a1e339eb1ae69f8eab10638afb0f5fb3297e3f838e3','[{"canonical_field":"name","zoho_field_api_name":"Class_Name","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"teacher_zoho_id","zoho_field_api_name":"Teacher","required":false,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"program_zoho_id","zoho_field_api_name":"BTEC_Program","required":false,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"start_date","zoho_field_api_name":"Start_Date","required":false,"default_value":null,"transform_rules":{"type":"date_only"}},{"canonical_field":"end_date","zoho_field_api_name":"End_Date","required":false,"default_value":null,"transform_rules":{"type":"date_only"}},{"canonical_field":"short_name","zoho_field_api_name":"Class_Short_Name","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"status","zoho_field_api_name":"Class_Status","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"unit_zoho_id","zoho_field_api_name":"Unit","required":false,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"moodle_course_id","zoho_field_api_name":"Moodle_Class_ID","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"ms_teams_id","zoho_field_api_name":"MS_Teams_ID","required":false,"default_value":null,"transform_rules":{}}]','2026-11-30T03:48:16.257286+00:00');
INSERT INTO "mapping_versions" VALUES('default','enrollments',1,'ext_key_default',NULL,'1ed1b6a2c6d78aa6f9f8402ad39e7894fb57d2da934edf5f7def85e79de140da','[{"canonical_field":"student_zoho_id","zoho_field_api_name":"Enrolled_Students","required":true,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"class_zoho_id","zoho_field_api_name":"Classes","required":true,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"enrollment_status","zoho_field_api_name":"Enrollment_Status","required":true,"default_value":"Active","transform_rules":{}},{"canonical_field":"enrollment_date","zoho_field_api_name":"Start_Date","required":false,"default_value":null,"transform_rules":{"type":"date_only"}},{"canonical_field":"end_date","zoho_field_api_name":"End_Date","required":false,"default_value":null,"transform_rules":{"type":"date_only"}},{"canonical_field":"enrollment_type","zoho_field_api_name":"Enrollment_Type","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"moodle_course_id","zoho_field_api_name":"Moodle_Course_ID","required":false,"default_value":null,"transform_rules":{}}]','2026-11-30T03:48:16.257286+00:00');
INSERT INTO "mapping_versions" VALUES('default','units',1,'ext_key_default',NULL,'0474791c7e430d24898a0cff1a738e7079c38acd1dfffa54092b787965319b70','[{"canonical_field":"name","zoho_field_api_name":"Name","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"code","zoho_field_api_name":"Unit_Code","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"credits","zoho_field_api_name":"Unit_Credit","required":false,"default_value":null,"transform_rules":{"type":"to_integer"}},{"canonical_field":"level","zoho_field_api_name":"Unit_Level","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"criteria","zoho_field_api_name":"P1_description","required":false,"default_value":null,"transform_rules":{"type":"chain","params":{"steps":[{"type":"cel","params":{"expr":"[{''shortname'':''P1'',''description'':r.P1_description},{''shortname'':''P2'',''description'':r.P2_description},{''shortname'':''P3'',''description'':r.P3_description},{''shortname'':''P4'',''description'':r.P4_description},{''shortname'':''P5'',''description'':r.P5_description},{''shortname'':''P6'',''description'':r.P6_description},{''shortname'':''P7'',''description'':r.P7_description},{''shortname'':''P8'',''description'':r.P8_description},{''shortname'':''P9'',''description'':r.P9_description},{''shortname'':''P10'',''description'':r.P10_description},{''shortname'':''M1'',''description'':r.M1_description},{''shortname'':''M2'',''description'':r.M2_description},{''shortname'':''M3'',''description'':r.M3_description},{''shortname'':''M4'',''description'':r.M4_description},{''shortname'':''M5'',''description'':r.M5_description},{''shortname'':''M6'',''description'':r.M6_description},{''shortname'':''M7'',''description'':r.M7_description},{''shortname'':''M8'',''description'':r.M8_description},{''shortname'':''M9'',''description'':r.M9_description},{''shortname'':''D1'',''description'':r.D1_description},{''shortname'':''D2'',''description'':r.D2_description},{''shortname'':''D3'',''description'':r.D3_description},{''shortname'':''D4'',''description'':r.D4_description},{''shortname'':''D5'',''description'':r.D5_description},{''shortname'':''D6'',''description'':r.D6_description}].filter(c, c.description != null)"}},{"type":"json"}]},"description":"The criteria''s texts as a list of {shortname, description}"}}]','2026-11-30T03:48:16.257286+00:00');
INSERT INTO "mapping_versions" VALUES('default','registrations',1,'ext_key_default',NULL,'6a19c57fdc0d5b3cc950ee8b54e2e2d66c155ff075409f9d84b5f14a76f95377','[{"canonical_field":"student_zoho_id","zoho_field_api_name":"Student_ID","required":true,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"program_zoho_id","zoho_field_api_name":"Program","required":true,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"enrollment_status","zoho_field_api_name":"Registration_Status","required":true,"default_value":"New","transform_rules":{}},{"canonical_field":"registration_date","zoho_field_api_name":"Registration_Date","required":false,"default_value":null,"transform_rules":{"type":"date_only"}},{"canonical_field":"registration_number","zoho_field_api_name":"Name","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"program_name","zoho_field_api_name":"Program","required":false,"default_value":null,"transform_rules":{"type":"lookup_name"}},{"canonical_field":"total_fees","zoho_field_api_name":"Program_Price","required":false,"default_value":null,"transform_rules":{"type":"money"}},{"canonical_field":"remaining_amount","zoho_field_api_name":"Remaining_Amount","required":false,"default_value":null,"transform_rules":{"type":"money"}},{"canonical_field":"currency","zoho_field_api_name":"Currency","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"study_mode","zoho_field_api_name":"Study_Mode","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"payment_schedule","zoho_field_api_name":"Payment_Schedule","required":false,"default_value":null,"transform_rules":{"type":"json"}}]','2026-11-30T03:48:16.257286+00:00');
INSERT INTO "mapping_versions" VALUES('default','payments',1,'ext_key_default',NULL,'b20a5e8e7b84ca1c6d88d6c66dfd347b48c7d3ff85618a2820e73e2a7faea9ca','[{"canonical_field":"registration_zoho_id","zoho_field_api_name":"Registration_ID","required":true,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"amount","zoho_field_api_name":"Payment_Amount","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"payment_status","zoho_field_api_name":"Payment_Status","required":true,"default_value":"Confirmed","transform_rules":{}},{"canonical_field":"payment_date","zoho_field_api_name":"Payment_Date","required":false,"default_value":null,"transform_rules":{"type":"date_only"}},{"canonical_field":"payment_method","zoho_field_api_name":"Payment_Method","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"payment_number","zoho_field_api_name":"Name","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"student_zoho_id","zoho_field_api_name":"Student_ID","required":false,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"voucher_number","zoho_field_api_name":"SRM_Voucher_Number","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"installment_number","zoho_field_api_name":"Installment_No","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"note","zoho_field_api_name":"Note","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"payment_type","zoho_field_api_name":"Payment_Type","required":false,"default_value":null,"transform_rules":{}}]','2026-11-30T03:48:16.257286+00:00');
INSERT INTO "mapping_versions" VALUES('default','grades',1,'ext_key_default',NULL,'7e912f71e6e106917f9dce36db744944b443061189c7e5e89ea29ada13611529','[{"canonical_field":"student_zoho_id","zoho_field_api_name":"Student","required":true,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"unit_zoho_id","zoho_field_api_name":"Class","required":true,"default_value":null,"transform_rules":{"type":"lookup_id","description":"The class; a grade has no unit of its own, it is that of its class"}},{"canonical_field":"grade_value","zoho_field_api_name":"Grade","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"grade_date","zoho_field_api_name":"Attempt_Date","required":false,"default_value":null,"transform_rules":{"type":"date_only"}},{"canonical_field":"class_zoho_id","zoho_field_api_name":"Class","required":false,"default_value":null,"transform_rules":{"type":"lookup_id"}},{"canonical_field":"attempt_number","zoho_field_api_name":"Attempt_Number","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"grade_status","zoho_field_api_name":"Grade_Status","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"feedback","zoho_field_api_name":"Feedback","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"learning_outcomes","zoho_field_api_name":"Learning_Outcomes_Assessm","required":false,"default_value":null,"transform_rules":{"type":"json"}}]','2026-11-30T03:48:16.257286+00:00');
INSERT INTO "mapping_versions" VALUES('default','programs',2,'ext_key_default',NULL,'4d412b2b41c189a3d83ba36a088b3f45e7182061c6c0801edcd98d3ba10a8863','[{"canonical_field":"name","zoho_field_api_name":"Product_Name","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"code","zoho_field_api_name":"Program_ID","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"description","zoho_field_api_name":"Description_2","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"status","zoho_field_api_name":"Status","required":true,"default_value":"Active","transform_rules":{}},{"canonical_field":"moodle_category_id","zoho_field_api_name":"MoodleID","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"price","zoho_field_api_name":"Program_Price","required":false,"default_value":null,"transform_rules":{}}]','2026-11-30T03:48:51.042667+00:00');
CREATE TABLE master_keys (
        slot smallint NOT NULL PRIMARY KEY CHECK (slot = 1),
        master_key_id varchar(16) NOT NULL,
        proof blob NOT NULL,
        created_at timestamp_text NOT NULL
    );
INSERT INTO "master_keys" VALUES(1,'2f955c97751ac1c9',X'D253DC3098A80082D32B287E7AF8E9811ADCD2000C3F7DDCC77B23C5D93D71CE346E093BA07E947B8BC5CC9297AFFF9283A3','2026-11-30T03:48:16.248382+00:00');
CREATE TABLE module_settings (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        enabled boolean NOT NULL,
        schedule_mode varchar(50) NOT NULL,
        schedule_cron varchar(100),
        zoho_module varchar(100),
        last_run_at timestamp_text,
        last_run_status varchar(50),
        last_run_count integer NOT NULL DEFAULT 0,
        updated_at timestamp_text NOT NULL, options json_text,
        PRIMARY KEY (tenant_id, module_name)
    );
INSERT INTO "module_settings" VALUES('default','students',1,'manual',NULL,NULL,'2026-11-30T03:48:51.103317+00:00','partial',7,'2026-11-30T03:48:51.056719+00:00','{"form":"user","create_users":false,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"suspend","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}');
INSERT INTO "module_settings" VALUES('default','programs',1,'manual',NULL,NULL,'2026-11-30T03:48:40.807817+00:00','success',4,'2026-11-30T03:48:40.395995+00:00','{"form":"category","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}');
INSERT INTO "module_settings" VALUES('default','classes',1,'manual',NULL,NULL,'2026-11-30T03:48:41.008320+00:00','success',2,'2026-11-30T03:48:40.434528+00:00','{"form":"course","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}');
INSERT INTO "module_settings" VALUES('default','enrollments',1,'manual',NULL,NULL,'2026-11-30T03:48:50.994666+00:00','success',25,'2026-11-30T03:48:40.459199+00:00','{"form":"enrolment","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}');
INSERT INTO "module_settings" VALUES('default','units',1,'manual',NULL,NULL,'2026-11-30T03:48:40.845443+00:00','success',16,'2026-11-30T03:48:40.410269+00:00','{"form":"course","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"local_mzi_create_btec_definition","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}');
INSERT INTO "module_settings" VALUES('default','registrations',1,'manual',NULL,NULL,'2026-11-30T03:48:41.162332+00:00','success',12,'2026-11-30T03:48:40.446046+00:00','{"form":"cohort","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"","parameter":"","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}');
INSERT INTO "module_settings" VALUES('default','payments',1,'manual',NULL,NULL,'2026-11-30T03:48:41.540948+00:00','success',18,'2026-11-30T03:48:40.487602+00:00','{"form":"profile","create_users":true,"match_by":"none","role_id":5,"category_id":1,"function":"local_mzi_record_payment","parameter":"paymentdata","removal_action":"keep","brake_percent":5,"brake_min":10,"suspend_on":[],"grade_scale":"points"}');
INSERT INTO "module_settings" VALUES('default','grades',0,'manual',NULL,NULL,NULL,NULL,0,'2026-11-30T03:48:16.257286+00:00',NULL);
CREATE TABLE oauth_tokens (
    tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
    connection varchar(64) NOT NULL,
    token blob,
    expires_ms bigint,
    refresh_owner varchar(36),
    refresh_until_ms bigint,
    PRIMARY KEY (tenant_id, connection)
);
INSERT INTO "oauth_tokens" VALUES('default','5c0841f7cedc305d4a460171b3ea4da0a10a77dc2638561a8acd1e86fcc3da3d',X'01011D54E6DB3A80FB8633F47AB2406839EB9DC6575CC8C4E6E3B3D3D59BE32ABC53428044522DCF004FBBA7631ACB94EDF6E80E0A17FB59EB72890B2C64C2C2CC48064DA7DAFEDEBE6D4A96E2D33B3FBA1AACD343F82B1E7EAF881F3ABCB4B95ED8CA574CD87F527A0E2D9ECD0F8E299F0C03CE3A90928BF60EC2E241DABF11',1796013400557,'6bf90690-8e52-4ae7-89ea-b2f0aa20a37d',NULL);
CREATE TABLE people (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        person_id varchar(100) NOT NULL,
        name varchar(255),
        email varchar(255),
        account_id varchar(255),
        seen_at timestamp_text NOT NULL,
        PRIMARY KEY (tenant_id, person_id)
    ) WITHOUT ROWID;
INSERT INTO "people" VALUES('default','4150868001000000000','Jonas Al-Masri','jonas.almasri.00000@college.example','4','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000001','René Mansour','rene.mansour.00001@college.example','5','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000002','Zoë Demir','zoe.demir.00002@college.example','6','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000003','Hasan Khoury','hasan.khoury.00003@college.example','7','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000004','يوسف كنعان','yousef.kanaan.00004@college.example','8','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000005','Hasan Sabbagh','hasan.sabbagh.00005@college.example','9','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000006','رنا النجار','rana.alnajjar.00006@college.example','10','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000007','Sara Haddad','sara.haddad.00007@college.example','11','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000008','Ziad Mansour','ziad.mansour.00008@college.example','12','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000009','René O''Brien','rene.obrien.00009@college.example','13','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000010','Lina Halabi','lina.halabi.00010@college.example','14','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000011','Elif Darwish','not an address',NULL,'2026-11-30T03:48:40.562592+00:00');
INSERT INTO "people" VALUES('default','4150868001000000012','New Student','bad',NULL,'2026-11-30T03:48:51.072227+00:00');
CREATE TABLE person_terms (
        tenant_id varchar(100) NOT NULL,
        term varchar(64) COLLATE BINARY NOT NULL,
        person_id varchar(100) NOT NULL,
        PRIMARY KEY (tenant_id, term, person_id),
        FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
    ) WITHOUT ROWID;
INSERT INTO "person_terms" VALUES('default','00000','4150868001000000000');
INSERT INTO "person_terms" VALUES('default','al','4150868001000000000');
INSERT INTO "person_terms" VALUES('default','almasri','4150868001000000000');
INSERT INTO "person_terms" VALUES('default','jonas','4150868001000000000');
INSERT INTO "person_terms" VALUES('default','jonas.almasri.00000@college.example','4150868001000000000');
INSERT INTO "person_terms" VALUES('default','masri','4150868001000000000');
INSERT INTO "person_terms" VALUES('default','00001','4150868001000000001');
INSERT INTO "person_terms" VALUES('default','mansour','4150868001000000001');
INSERT INTO "person_terms" VALUES('default','rene','4150868001000000001');
INSERT INTO "person_terms" VALUES('default','rene.mansour.00001@college.example','4150868001000000001');
INSERT INTO "person_terms" VALUES('default','00002','4150868001000000002');
INSERT INTO "person_terms" VALUES('default','demir','4150868001000000002');
INSERT INTO "person_terms" VALUES('default','zoe','4150868001000000002');
INSERT INTO "person_terms" VALUES('default','zoe.demir.00002@college.example','4150868001000000002');
INSERT INTO "person_terms" VALUES('default','00003','4150868001000000003');
INSERT INTO "person_terms" VALUES('default','hasan','4150868001000000003');
INSERT INTO "person_terms" VALUES('default','hasan.khoury.00003@college.example','4150868001000000003');
INSERT INTO "person_terms" VALUES('default','khoury','4150868001000000003');
INSERT INTO "person_terms" VALUES('default','00004','4150868001000000004');
INSERT INTO "person_terms" VALUES('default','kanaan','4150868001000000004');
INSERT INTO "person_terms" VALUES('default','yousef','4150868001000000004');
INSERT INTO "person_terms" VALUES('default','yousef.kanaan.00004@college.example','4150868001000000004');
INSERT INTO "person_terms" VALUES('default','كنعان','4150868001000000004');
INSERT INTO "person_terms" VALUES('default','يوسف','4150868001000000004');
INSERT INTO "person_terms" VALUES('default','00005','4150868001000000005');
INSERT INTO "person_terms" VALUES('default','hasan','4150868001000000005');
INSERT INTO "person_terms" VALUES('default','hasan.sabbagh.00005@college.example','4150868001000000005');
INSERT INTO "person_terms" VALUES('default','sabbagh','4150868001000000005');
INSERT INTO "person_terms" VALUES('default','00006','4150868001000000006');
INSERT INTO "person_terms" VALUES('default','alnajjar','4150868001000000006');
INSERT INTO "person_terms" VALUES('default','rana','4150868001000000006');
INSERT INTO "person_terms" VALUES('default','rana.alnajjar.00006@college.example','4150868001000000006');
INSERT INTO "person_terms" VALUES('default','النجار','4150868001000000006');
INSERT INTO "person_terms" VALUES('default','رنا','4150868001000000006');
INSERT INTO "person_terms" VALUES('default','نجار','4150868001000000006');
INSERT INTO "person_terms" VALUES('default','00007','4150868001000000007');
INSERT INTO "person_terms" VALUES('default','haddad','4150868001000000007');
INSERT INTO "person_terms" VALUES('default','sara','4150868001000000007');
INSERT INTO "person_terms" VALUES('default','sara.haddad.00007@college.example','4150868001000000007');
INSERT INTO "person_terms" VALUES('default','00008','4150868001000000008');
INSERT INTO "person_terms" VALUES('default','mansour','4150868001000000008');
INSERT INTO "person_terms" VALUES('default','ziad','4150868001000000008');
INSERT INTO "person_terms" VALUES('default','ziad.mansour.00008@college.example','4150868001000000008');
INSERT INTO "person_terms" VALUES('default','00009','4150868001000000009');
INSERT INTO "person_terms" VALUES('default','obrien','4150868001000000009');
INSERT INTO "person_terms" VALUES('default','rene','4150868001000000009');
INSERT INTO "person_terms" VALUES('default','rene.obrien.00009@college.example','4150868001000000009');
INSERT INTO "person_terms" VALUES('default','00010','4150868001000000010');
INSERT INTO "person_terms" VALUES('default','halabi','4150868001000000010');
INSERT INTO "person_terms" VALUES('default','lina','4150868001000000010');
INSERT INTO "person_terms" VALUES('default','lina.halabi.00010@college.example','4150868001000000010');
INSERT INTO "person_terms" VALUES('default','address','4150868001000000011');
INSERT INTO "person_terms" VALUES('default','an','4150868001000000011');
INSERT INTO "person_terms" VALUES('default','darwish','4150868001000000011');
INSERT INTO "person_terms" VALUES('default','elif','4150868001000000011');
INSERT INTO "person_terms" VALUES('default','not','4150868001000000011');
INSERT INTO "person_terms" VALUES('default','not an address','4150868001000000011');
INSERT INTO "person_terms" VALUES('default','bad','4150868001000000012');
INSERT INTO "person_terms" VALUES('default','new','4150868001000000012');
INSERT INTO "person_terms" VALUES('default','student','4150868001000000012');
CREATE TABLE record_links (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        zoho_id varchar(100) NOT NULL,
        target_kind varchar(32) NOT NULL,
        target_id varchar(100) NOT NULL,
        sent_hash blob NOT NULL,
        sent json_text NOT NULL,
        updated_at timestamp_text NOT NULL, state varchar(16) NOT NULL DEFAULT 'active', exclusive boolean NOT NULL DEFAULT true, mapping_version bigint, person_id varchar(100), container_id varchar(100), left_places json_text, kept_fields json_text,
        PRIMARY KEY (tenant_id, module_name, zoho_id)
    ) WITHOUT ROWID;
INSERT INTO "record_links" VALUES('default','classes','4150868003000000000','course','18',X'3AA1959C6A6DA94A3F0DE434143799EED35826D8CB7E54C9B2DC34CB7BE350A1','{"end_date":"2026-01-19","name":"Principles of Biology - Group 0001","program_zoho_id":"4150868002000000000","short_name":"SCI101-0001","start_date":"2025-09-01"}','2026-11-30T03:48:41.005913+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','classes','4150868003000000001','course','19',X'68E5DA1F9292A9AB3BEDB42B62ED56EC6C8A525DB4BF2CFDB6306909EC7A5D01','{"end_date":"2026-01-19","name":"Laboratory Techniques - Group 0001","program_zoho_id":"4150868002000000000","short_name":"SCI102-0001","start_date":"2025-09-01"}','2026-11-30T03:48:41.005913+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000000','enrolment','18:4',X'DE28878D7906BF4B0FC574FD7B60A7351423D7DE926CAF6F3226D19495939BC0','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000000"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000000','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000001','enrolment','19:4',X'947F08EF43C7A47387A435CC094344A8B80ECE8DB677C65C2EB5EA52B1BAFF2B','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000000"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000000','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000002','enrolment','18:5',X'392A131A35BD740EC06A84F63E7A368693EF836CD866A6FA0AEE472BD18A8CF8','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000001"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000001','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000003','enrolment','19:5',X'90313029E8959D8B7E868F554D596BC236F617B60C53699A14AEFE39607AFD1E','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000001"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000001','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000004','enrolment','18:6',X'BB5CE392EAC13170DF1579C2E8A56584831F15F9B029F73533E7917C64AC44AD','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000002"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000002','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000005','enrolment','19:6',X'CCC7D5E8F158819F1FDE8E62292B3BC136262447E5596FAE3C40A4AA6C297B36','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000002"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000002','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000006','enrolment','18:7',X'5FC36C8FD58E480523253FB0763F439BD16DAC957EBC385AED079DC7D034D5B0','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000003"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000003','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000007','enrolment','19:7',X'67C106E50EB53E574144E5270A8A742DCCE71A5243FD40EF31105E98D0A3A137','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000003"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000003','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000008','enrolment','18:8',X'17F8546C8F1BF2D4E38F28B8E4027AEC2536D7918F0DF07F63BC7B94940D5009','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000004"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000004','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000009','enrolment','19:8',X'195405EBEFAEADB704EB7CB84A966964B82F385B0478FA9119EB4450121FD1AB','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000004"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000004','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000010','enrolment','18:9',X'70979C160A7B6395EE01368B9050F4902CC1EE525FAE430C598AD5DEE8BB819D','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000005"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000005','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000011','enrolment','19:9',X'0C525EAD5D2CE8CFE2EAC2D18D4EF0F86E870E409E35978666283BAEB8B01EA9','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000005"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000005','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000012','enrolment','18:10',X'67649B0CA540C7C62D889F2619065BBC618E90C4487CF49937177C2A81F407F3','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000006"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000006','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000013','enrolment','19:10',X'0C72FEDEF457F2AF9D8BF89F536F563C2A63C48019BD1808F40D4D6EDCC522D4','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000006"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000006','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000014','enrolment','18:11',X'EADF66940F23CE7F0AFB438130B7FD9058124B9BF2A33C4BC15D10767E6576DE','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000007"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000007','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000015','enrolment','19:11',X'5590C49F95D9119587599F7E03029E7F0D0D00C649B5ECBBFDB3754EA9040BA1','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000007"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000007','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000016','enrolment','18:12',X'387D222F5EC92DECA1FDDD7D2C2D85A649E8333FBAD7B6CA598AD102B17214E8','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000008"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000008','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000017','enrolment','19:12',X'7FCCF835F9CC3876462DA570CCA821447D83A38E634722918532E1308F28C646','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000008"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000008','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000018','enrolment','18:13',X'E4590EA84750B9DB5ACA5750EBBC6D1009562C850486D12AF5D102A572241FDB','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000009"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000009','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000019','enrolment','19:13',X'2649793BD89FDD41513BA6ACBECACADA681503D09EF33B0CABA64A4B29A1DB9B','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000009"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000009','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000020','enrolment','18:14',X'8C9094124AFAB572594A8DA19CB502DF2C4C948BEBF0C283B74E54D861E55095','{"class_zoho_id":"4150868003000000000","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000010"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000010','18',NULL,NULL);
INSERT INTO "record_links" VALUES('default','enrollments','4150868004000000021','enrolment','19:14',X'D9CA97E7393AC98E02AE2CD06401E4EE4AD35593C9DC9C03F970E57D7D9BD096','{"class_zoho_id":"4150868003000000001","end_date":"2026-01-19","enrollment_date":"2025-09-01","student_zoho_id":"4150868001000000010"}','2026-11-30T03:48:41.394471+00:00','active',0,1,'4150868001000000010','19',NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000000','profile','4',X'54CFD2A06F366F472E6F7BAA1A07E366C1994267595E7A270C538279264F073A','{"amount":"1125","note":null,"payment_date":"2025-08-30","payment_method":"Cash","payment_number":"PAY-0000000","registration_zoho_id":"4150868006000000000","voucher_number":"SYN-V0000000"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000000',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000001','profile','4',X'B0CABD055419B9A93903245EE8F6F7DF0C24BC4DD740D5A867FD3B571F51EF7F','{"amount":"1125","note":null,"payment_date":"2025-10-29","payment_method":"Bank Transfer","payment_number":"PAY-0000001","registration_zoho_id":"4150868006000000000","voucher_number":"SYN-V0000001"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000000',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000002','profile','5',X'68A4A61EFBA580EE3031EDF4900A0E7EF9D57C8445C0888D11CB226C9A45B570','{"amount":"1125","note":null,"payment_date":"2025-08-31","payment_method":"Bank Transfer","payment_number":"PAY-0000002","registration_zoho_id":"4150868006000000001","voucher_number":"SYN-V0000002"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000001',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000003','profile','6',X'7E5DA7BBEC41720169EB8A58C606F92DEFA4B5C529E0FFA1B1F981BEC6FE9CD5','{"amount":"1125","note":null,"payment_date":"2025-09-01","payment_method":"Cash","payment_number":"PAY-0000003","registration_zoho_id":"4150868006000000002","voucher_number":"SYN-V0000003"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000002',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000004','profile','6',X'6EC980A4C44B3E926754AB021DB7031351209CD035119BAE2DFDEE86740E3438','{"amount":"1125","note":null,"payment_date":"2025-10-31","payment_method":"Bank Transfer","payment_number":"PAY-0000004","registration_zoho_id":"4150868006000000002","voucher_number":"SYN-V0000004"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000002',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000005','profile','7',X'E98E46C14CE9A3AB4E6C6F3D13FA8986C3F7FEFBCE773B954271135CF55ED816','{"amount":"1125","note":null,"payment_date":"2025-09-02","payment_method":"Bank Transfer","payment_number":"PAY-0000005","registration_zoho_id":"4150868006000000003","voucher_number":"SYN-V0000005"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000003',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000006','profile','8',X'F006B82E97523A9D0AAA9B7EC4DFCF1E15B98D9A878039A9C4B924BD9147780A','{"amount":"1125","note":null,"payment_date":"2025-09-03","payment_method":"Bank Transfer","payment_number":"PAY-0000006","registration_zoho_id":"4150868006000000004","voucher_number":"SYN-V0000006"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000004',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000007','profile','8',X'2675A3DC634FD767777575B14274D6180566949571DBF73A17EFE34D8074FD70','{"amount":"1125","note":null,"payment_date":"2025-11-02","payment_method":"Bank Transfer","payment_number":"PAY-0000007","registration_zoho_id":"4150868006000000004","voucher_number":"SYN-V0000007"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000004',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000008','profile','9',X'EE4DB6BCF49A04187DAC5446933BEAA8AA7ABAA21044F5F70D0E8286B99227D5','{"amount":"1125","note":null,"payment_date":"2025-09-04","payment_method":"Cash","payment_number":"PAY-0000008","registration_zoho_id":"4150868006000000005","voucher_number":"SYN-V0000008"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000005',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000009','profile','10',X'8CDB64A7784387B1F04F07C1C4894333546E2E0418DAEAC4B75EFB955CD83319','{"amount":"1125","note":null,"payment_date":"2025-09-05","payment_method":"Bank Transfer","payment_number":"PAY-0000009","registration_zoho_id":"4150868006000000006","voucher_number":"SYN-V0000009"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000006',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000010','profile','10',X'92C6B7402D5864EF7183A154E640C6FBF0ED1A8105D0C8372D3D37EE6E484707','{"amount":"1125","note":null,"payment_date":"2025-11-04","payment_method":"Bank Transfer","payment_number":"PAY-0000010","registration_zoho_id":"4150868006000000006","voucher_number":"SYN-V0000010"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000006',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000011','profile','11',X'8917CCE83E4E72E231D6E14CE8D77532EA747EE2257A2180F2681C0769655CD1','{"amount":"1125","note":null,"payment_date":"2025-09-06","payment_method":"Bank Transfer","payment_number":"PAY-0000011","registration_zoho_id":"4150868006000000007","voucher_number":"SYN-V0000011"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000007',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000012','profile','12',X'5F99D310BEE04FA399B009BF41F4B04CC51C8F5E644848B19878CC7A62A1E955','{"amount":"1125","note":null,"payment_date":"2025-09-07","payment_method":"Bank Transfer","payment_number":"PAY-0000012","registration_zoho_id":"4150868006000000008","voucher_number":"SYN-V0000012"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000008',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000013','profile','12',X'87CA0AE6351C89D6BE84E2A20D338A84BE157C5E07FA09E714F1A726AE03AA77','{"amount":"1125","note":null,"payment_date":"2025-11-06","payment_method":"Cash","payment_number":"PAY-0000013","registration_zoho_id":"4150868006000000008","voucher_number":"SYN-V0000013"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000008',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000014','profile','13',X'AC5C34949E018139CB41091E0556A91C6222BC1B005C3EEB55916A015EA1DF33','{"amount":"1125","note":null,"payment_date":"2025-09-08","payment_method":"Cash","payment_number":"PAY-0000014","registration_zoho_id":"4150868006000000009","voucher_number":"SYN-V0000014"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000009',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000015','profile','14',X'C421ACBCED18CE03A7679BA5074E7526A21350505DB30A30FBB9B7632AB1325E','{"amount":"1125","note":null,"payment_date":"2025-09-09","payment_method":"Cash","payment_number":"PAY-0000015","registration_zoho_id":"4150868006000000010","voucher_number":"SYN-V0000015"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000010',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','payments','4150868007000000016','profile','14',X'387B7981AD0C62CC2FC72B2E64861225BB428BEE511AA1ECF116DE8BA64270DD','{"amount":"1125","note":null,"payment_date":"2025-11-08","payment_method":"Cash","payment_number":"PAY-0000016","registration_zoho_id":"4150868006000000010","voucher_number":"SYN-V0000016"}','2026-11-30T03:48:41.538428+00:00','active',0,1,'4150868001000000010',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','programs','4150868002000000000','category','2',X'CA276F46E6C0F036578580C4D128C4F6D283566F930BF87D79EFE3595C26A1C0','{"code":"PRG-0001","description":"BTEC Level 3 Applied Science, full time, two years","name":"BTEC Level 3 Applied Science"}','2026-11-30T03:48:40.806004+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','programs','4150868002000000001','category','3',X'78886269F243B7FEF03EF1223B05C92B4AACDD3005D2CD0D4D983DD2B44B464E','{"code":"PRG-0002","description":"BTEC Level 5 Computing, full time, two years","name":"BTEC Level 5 Computing"}','2026-11-30T03:48:40.806004+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','programs','4150868002000000002','category','4',X'D5B8C8399111BDC2A0069B2ABD4BF834A92C7EBD2F620320D2B9090C34320078','{"code":"PRG-0003","description":"BTEC Level 5 Business & Management, full time, two years","name":"BTEC Level 5 Business & Management"}','2026-11-30T03:48:40.806004+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','programs','4150868002000000003','category','5',X'3DA78910D8994DF6F3BECBEAD3BD8676B760907D48CE28A3617630C1C1C6E9BC','{"code":"PRG-0004","description":"BTEC Level 5 Art & Design, full time, two years","name":"BTEC Level 5 Art & Design"}','2026-11-30T03:48:40.806004+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000000','cohort_member','1:4',X'C546224CAEF34506D2251FB8D5FF9A150CAE48551D5111C13CD638558C7085AF','{"enrollment_status":"Withdraw","program_zoho_id":"4150868002000000000","registration_date":"2025-08-04","student_zoho_id":"4150868001000000000"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000000','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000001','cohort_member','1:5',X'E5B49C045DCCF4F9EF9C7E4B532215CFABD00E2E5C40CA612592C418E51E22B9','{"enrollment_status":"Freeze","program_zoho_id":"4150868002000000000","registration_date":"2025-08-05","student_zoho_id":"4150868001000000001"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000001','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000002','cohort_member','1:6',X'9C8806D7D5FDFC066CB39251A924C1FDBB49C3C88028F86CDC7EDBAAD3A771E0','{"enrollment_status":"Active","program_zoho_id":"4150868002000000000","registration_date":"2025-08-06","student_zoho_id":"4150868001000000002"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000002','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000003','cohort_member','1:7',X'A1027453CBDD675B5CA76A786A8D1C7C560AF9D047EE02820ED0B26BB40F402B','{"enrollment_status":"Active","program_zoho_id":"4150868002000000000","registration_date":"2025-08-07","student_zoho_id":"4150868001000000003"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000003','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000004','cohort_member','1:8',X'EBB5392D8A299BDB33EA375F0BDF0D9333890CBB637CE9FA7FFBAC037F70AF70','{"enrollment_status":"Active","program_zoho_id":"4150868002000000000","registration_date":"2025-08-08","student_zoho_id":"4150868001000000004"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000004','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000005','cohort_member','1:9',X'8D762F112A183A1DB36F3DB18A82B21EAC692F72935FE8251BB88C77A6851AEF','{"enrollment_status":"Active","program_zoho_id":"4150868002000000000","registration_date":"2025-08-09","student_zoho_id":"4150868001000000005"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000005','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000006','cohort_member','1:10',X'E841549434F406491CFB70C16FE0E0C6AA6EB2BD41B30A6E45D68B363DD690AB','{"enrollment_status":"Active","program_zoho_id":"4150868002000000000","registration_date":"2025-08-10","student_zoho_id":"4150868001000000006"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000006','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000007','cohort_member','1:11',X'572CB70525FE423CC7CA41B1736CFD12ABD2F95FE7CE0BB4797FDACB7E6355EC','{"enrollment_status":"Active","program_zoho_id":"4150868002000000000","registration_date":"2025-08-11","student_zoho_id":"4150868001000000007"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000007','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000008','cohort_member','1:12',X'8DE6669AA169B10F7DFF51880692EB8B37FECA0DDBEA42AB88C06B4638A73A56','{"enrollment_status":"New","program_zoho_id":"4150868002000000000","registration_date":"2025-08-12","student_zoho_id":"4150868001000000008"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000008','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000009','cohort_member','1:13',X'40B814BBD337038D8ABA3E81FE7148941C41FE707B888045DC6E3B791C08760A','{"enrollment_status":"New","program_zoho_id":"4150868002000000000","registration_date":"2025-08-13","student_zoho_id":"4150868001000000009"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000009','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','registrations','4150868006000000010','cohort_member','1:14',X'220C9DA7A12A254B8500AEBBFBF0415BE1638FEF5F52AA65E8D7D3AF68813786','{"enrollment_status":"Active","program_zoho_id":"4150868002000000000","registration_date":"2025-08-14","student_zoho_id":"4150868001000000010"}','2026-11-30T03:48:41.159361+00:00','active',0,1,'4150868001000000010','1',NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000000','user','4',X'3484B062A673717892B6A1D2CB47A8B25C3A6DD0B69DC5DDE4A13D1CEB1CD740','{"academic_email":"jonas.almasri.00000@college.example","first_name":"Jonas","last_name":"Al-Masri","phone":"+999 55 0000000","status":"Active","username":"jonas.almasri.00000"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000000',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000001','user','5',X'592E7EF1B2A3742174F550E7BE34447B55EE7E1F7DAFF153D7AD599FAA887413','{"academic_email":"rene.mansour.00001@college.example","first_name":"René","last_name":"Mansour","phone":"+999 55 0000001","status":"Active","username":"rene.mansour.00001"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000001',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000002','user','6',X'AE4F6E1A03C4761BE59F841845BD8B3F180BA0C2F05F0E5A4B274C2C222BDEB3','{"academic_email":"zoe.demir.00002@college.example","first_name":"Zoë","last_name":"Demir","phone":"+999 55 0000002","status":"Active","username":"zoe.demir.00002"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000002',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000003','user','7',X'9732D7B36CCABCA963F31D6193A1F565441FAEAD8331A3D0D3165502512DE60B','{"academic_email":"hasan.khoury.00003@college.example","first_name":"Hasan","last_name":"Khoury","phone":"+999 55 0000003","status":"Active","username":"hasan.khoury.00003"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000003',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000004','user','8',X'BBC82B39395B74E973BA7AEFD67474A5AEC65B4257892BB6CB5CF314F0F924CF','{"academic_email":"yousef.kanaan.00004@college.example","first_name":"يوسف","last_name":"كنعان","phone":"+999 55 0000004","status":"Active","username":"yousef.kanaan.00004"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000004',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000005','user','9',X'C849CA2C3241048093C16578EBCACE9E459E62A2E7387064AEF7FDD0DE2780E7','{"academic_email":"hasan.sabbagh.00005@college.example","first_name":"Hasan","last_name":"Sabbagh","phone":"+999 55 0000005","status":"Active","username":"hasan.sabbagh.00005"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000005',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000006','user','10',X'19E6FC9AF99F047112CF68C704A0928DBAED56C7C1318D57F3F329C176579B07','{"academic_email":"rana.alnajjar.00006@college.example","first_name":"رنا","last_name":"النجار","phone":"+999 55 0000006","status":"Active","username":"rana.alnajjar.00006"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000006',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000007','user','11',X'5E890D6A3801C8AC50499F6880271DF010D5C6A8FF61D1AE5531B920C6ABC8FA','{"academic_email":"sara.haddad.00007@college.example","first_name":"Sara","last_name":"Haddad","phone":"+999 55 0000007","status":"Active","username":"sara.haddad.00007"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000007',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000008','user','12',X'9C83A00016F275BF1A98650D78CDD3CE196B0B7913144CF9A9C2AB7F21C7D959','{"academic_email":"ziad.mansour.00008@college.example","first_name":"Ziad","last_name":"Mansour","phone":"+999 55 0000008","status":"Active","username":"ziad.mansour.00008"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000008',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000009','user','13',X'E42B3F20B2BD3ADECD05869EF14B167742BCF0F92084009D0495B9E293C6D7B5','{"academic_email":"rene.obrien.00009@college.example","first_name":"René","last_name":"O''Brien","phone":"+999 55 0000009","status":"Active","username":"rene.obrien.00009"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000009',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','students','4150868001000000010','user','14',X'69399C6E40AA11C3BF774D42C6EE28E66B6799F13EB99281AD670DA23ED13787','{"academic_email":"lina.halabi.00010@college.example","first_name":"Lina","last_name":"Halabi","phone":"+999 55 0000010","status":"Active","username":"lina.halabi.00010"}','2026-11-30T03:48:40.562592+00:00','active',1,1,'4150868001000000010',NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000000','course','2',X'9C0AA100CB3F64DF08AD7E13F9AA6D18245B77A163EF17F80C6EBC2CC231F26D','{"code":"SCI-101","name":"Principles of Biology"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000001','course','3',X'88EA515E11170C19BA8330ACF96A22C65CBD3A9E1C755B3AD14FE8ABD9FA268F','{"code":"SCI-102","name":"Laboratory Techniques"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000002','course','4',X'D58AEC459B42A573CB3FCE5E853B14C3410E192E17FF195F5E0F0F6485726587','{"code":"SCI-103","name":"Human Physiology"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000003','course','5',X'CBD185517BD53C9EFE27603C73CC59A7E03192444DDB716329FD7B7804FA1289','{"code":"SCI-104","name":"Chemistry & Materials"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000004','course','6',X'A1428E249698F7821338132FF16B7F6E5B1D966F8EAAB95BA13FE56A3780A999','{"code":"IT-101","name":"Programming"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000005','course','7',X'AF47BA57B139220B5DC89C5AF8CDDE880551E692502F29234A1061ACD6AE4094','{"code":"IT-102","name":"Networking"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000006','course','8',X'716E698C6AA33373075AB904E7F0210C17C5A04D7875DAF20F4E63CFDD70EB57','{"code":"IT-103","name":"Database Design & Development"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000007','course','9',X'E459E3F635A911F09E95C4B1B3AD7A1926D197DB4979DE8C6B740373EC80FFE6','{"code":"IT-104","name":"Security"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000008','course','10',X'AE5F9DDCB10DEAFD72AB22335CB5ABD7DC95822CAF66FCB9EC904A7CDA4A0C71','{"code":"BUS-101","name":"The Business Environment"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000009','course','11',X'6FA08587689A8789FF9A29006C8C10DF973EB86A1BEC9E3E909DC1806DACDD34','{"code":"BUS-102","name":"Marketing Processes"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000010','course','12',X'87527465B6A1E574E93A6EB18AFDDDAD3E56C7E7E7A3532A402DBE0BFC378926','{"code":"BUS-103","name":"Human Resource Management"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000011','course','13',X'B1613C3E77F0F5BED841F1FCC009C5E415EA8323F25659FF9F4D51DA7D780582','{"code":"BUS-104","name":"Accounting Principles"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000012','course','14',X'96C8EEED49364850417F80EB1FABD7A46D31C11F09D20727CC2F76526FE4204F','{"code":"ART-101","name":"Contextual Studies"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000013','course','15',X'CA161610A788109FD8A893B65E449BC8D8035598DC0131FE47DC241B635A3B94','{"code":"ART-102","name":"Typography"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000014','course','16',X'A34A0F88E28ADC1E55CC33B432ED62BD45F31882C0F91308386E41C76B6599DB','{"code":"ART-103","name":"Digital Design"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
INSERT INTO "record_links" VALUES('default','units','4150868005000000015','course','17',X'5B2A32EB91809DB28A46C55945D2D1E5ABFAEC7827D3C7C023E36DC4E2D123BB','{"code":"ART-104","name":"Professional Practice"}','2026-11-30T03:48:40.844114+00:00','active',1,1,NULL,NULL,NULL,NULL);
CREATE TABLE record_waits (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        child_module varchar(100) NOT NULL,
        child_id varchar(100) NOT NULL,
        parent_module varchar(100) NOT NULL,
        parent_id varchar(100) NOT NULL,
        ready boolean NOT NULL,
        since timestamp_text NOT NULL,
        PRIMARY KEY (tenant_id, child_module, child_id, parent_module, parent_id)
    ) WITHOUT ROWID;
INSERT INTO "record_waits" VALUES('default','enrollments','4150868004000000022','students','4150868001000000011',0,'2026-11-30T03:48:41.394471+00:00');
INSERT INTO "record_waits" VALUES('default','enrollments','4150868004000000023','students','4150868001000000011',0,'2026-11-30T03:48:41.394471+00:00');
INSERT INTO "record_waits" VALUES('default','enrollments','4150868004000000024','students','4150868001000000012',0,'2026-11-30T03:48:50.993578+00:00');
INSERT INTO "record_waits" VALUES('default','payments','4150868007000000017','registrations','4150868006000000011',0,'2026-11-30T03:48:41.538428+00:00');
INSERT INTO "record_waits" VALUES('default','registrations','4150868006000000011','students','4150868001000000011',0,'2026-11-30T03:48:41.159361+00:00');
CREATE TABLE replay_guard (
        id blob PRIMARY KEY,
        expires_at bigint NOT NULL
    ) WITHOUT ROWID;
CREATE TABLE "seaql_migrations" ( "version" varchar NOT NULL PRIMARY KEY, "applied_at" integer NOT NULL );
INSERT INTO "seaql_migrations" VALUES('m20261124_000001_first',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261125_000002_engine',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261125_000003_token',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261125_000004_mapping',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261125_000005_person',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261126_000006_queue',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261126_000007_wait',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261126_000008_zone',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261126_000009_site',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261127_000010_secret',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261129_000011_left',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261129_000012_seen',1796010496);
INSERT INTO "seaql_migrations" VALUES('m20261129_000013_kept',1796010496);
CREATE TABLE seen_fields (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        source_module varchar(255) NOT NULL,
        field_name text NOT NULL,
        seen_at timestamp_text NOT NULL,
        PRIMARY KEY (tenant_id, module_name, source_module, field_name)
    ) WITHOUT ROWID;
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','BTEC_Program','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','Class_Name','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','Class_Short_Name','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','Class_Status','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','End_Date','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','MS_Teams_ID','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','Moodle_Class_ID','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','Start_Date','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','Teacher','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','classes','BTEC_Classes','Unit','2026-11-30T03:48:41.005913+00:00');
INSERT INTO "seen_fields" VALUES('default','enrollments','BTEC_Enrollments','Classes','2026-11-30T03:48:41.394471+00:00');
INSERT INTO "seen_fields" VALUES('default','enrollments','BTEC_Enrollments','End_Date','2026-11-30T03:48:41.394471+00:00');
INSERT INTO "seen_fields" VALUES('default','enrollments','BTEC_Enrollments','Enrolled_Students','2026-11-30T03:48:41.394471+00:00');
INSERT INTO "seen_fields" VALUES('default','enrollments','BTEC_Enrollments','Enrollment_Type','2026-11-30T03:48:41.394471+00:00');
INSERT INTO "seen_fields" VALUES('default','enrollments','BTEC_Enrollments','Moodle_Course_ID','2026-11-30T03:48:41.394471+00:00');
INSERT INTO "seen_fields" VALUES('default','enrollments','BTEC_Enrollments','Start_Date','2026-11-30T03:48:41.394471+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Installment_No','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Name','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Note','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Payment_Amount','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Payment_Date','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Payment_Method','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Payment_Type','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Registration_ID','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','SRM_Voucher_Number','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','payments','BTEC_Payments','Student_ID','2026-11-30T03:48:41.538428+00:00');
INSERT INTO "seen_fields" VALUES('default','programs','Products','Description','2026-11-30T03:48:40.806004+00:00');
INSERT INTO "seen_fields" VALUES('default','programs','Products','MoodleID','2026-11-30T03:48:40.806004+00:00');
INSERT INTO "seen_fields" VALUES('default','programs','Products','Product_Name','2026-11-30T03:48:40.806004+00:00');
INSERT INTO "seen_fields" VALUES('default','programs','Products','Program_ID','2026-11-30T03:48:40.806004+00:00');
INSERT INTO "seen_fields" VALUES('default','programs','Products','Program_Price','2026-11-30T03:48:40.806004+00:00');
INSERT INTO "seen_fields" VALUES('default','programs','Products','Status','2026-11-30T03:48:40.806004+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Currency','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Name','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Program','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Program_Price','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Registration_Date','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Registration_Status','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Remaining_Amount','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Student_ID','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','registrations','BTEC_Registrations','Study_Mode','2026-11-30T03:48:41.159361+00:00');
INSERT INTO "seen_fields" VALUES('default','students','BTEC_Students','Academic_Email','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "seen_fields" VALUES('default','students','BTEC_Students','Display_Name','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "seen_fields" VALUES('default','students','BTEC_Students','First_Name','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "seen_fields" VALUES('default','students','BTEC_Students','Last_Name','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "seen_fields" VALUES('default','students','BTEC_Students','Name','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "seen_fields" VALUES('default','students','BTEC_Students','Phone_Number','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "seen_fields" VALUES('default','students','BTEC_Students','Status','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "seen_fields" VALUES('default','students','BTEC_Students','Student_Moodle_ID','2026-11-30T03:48:40.562592+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','D1_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','D2_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','D3_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','D4_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','D5_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','D6_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M1_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M2_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M3_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M4_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M5_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M6_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M7_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M8_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','M9_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','Name','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P10_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P1_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P2_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P3_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P4_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P5_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P6_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P7_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P8_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','P9_description','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','Unit_Code','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','Unit_Credit','2026-11-30T03:48:40.844114+00:00');
INSERT INTO "seen_fields" VALUES('default','units','BTEC','Unit_Level','2026-11-30T03:48:40.844114+00:00');
CREATE TABLE sync_cursors (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        watermark timestamp_text,
        full_scan_at timestamp_text,
        full_scan_rows bigint,
        updated_at timestamp_text NOT NULL,
        PRIMARY KEY (tenant_id, module_name)
    );
INSERT INTO "sync_cursors" VALUES('default','students','2026-11-30T03:48:50+00:00','2026-11-30T03:48:51.100733+00:00',7,'2026-11-30T03:48:51.102689+00:00');
INSERT INTO "sync_cursors" VALUES('default','programs','2024-06-10T07:03:00+00:00','2026-11-30T03:48:40.804351+00:00',4,'2026-11-30T03:48:40.806004+00:00');
INSERT INTO "sync_cursors" VALUES('default','units','2024-06-11T07:15:00+00:00','2026-11-30T03:48:40.841256+00:00',16,'2026-11-30T03:48:40.844114+00:00');
INSERT INTO "sync_cursors" VALUES('default','classes','2024-09-01T08:01:00+00:00','2026-11-30T03:48:41.004261+00:00',2,'2026-11-30T03:48:41.005913+00:00');
INSERT INTO "sync_cursors" VALUES('default','registrations','2024-09-01T07:03:40+00:00','2026-11-30T03:48:41.155290+00:00',12,'2026-11-30T03:48:41.159361+00:00');
INSERT INTO "sync_cursors" VALUES('default','enrollments','2026-11-30T03:48:50+00:00','2026-11-30T03:48:50.990952+00:00',25,'2026-11-30T03:48:50.993578+00:00');
INSERT INTO "sync_cursors" VALUES('default','payments','2024-09-01T10:03:41+00:00','2026-11-30T03:48:41.533798+00:00',18,'2026-11-30T03:48:41.538428+00:00');
CREATE TABLE sync_run_items (
        run_id varchar(36) NOT NULL REFERENCES sync_runs ON DELETE CASCADE,
        tenant_id varchar(100) NOT NULL,
        ordinal bigint NOT NULL,
        zoho_id varchar(100) NOT NULL,
        status varchar(50) NOT NULL,
        code varchar(64),
        message text,
        diff json_text NOT NULL,
        created_at timestamp_text NOT NULL, op varchar(16), class varchar(1), mapping_version bigint, person_id varchar(100), target_id varchar(255),
        PRIMARY KEY (run_id, ordinal)
    ) WITHOUT ROWID;
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',0,'4150868004000000000','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000000"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000000','18:4');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',1,'4150868004000000001','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000000"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000000','19:4');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',2,'4150868004000000002','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000001"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000001','18:5');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',3,'4150868004000000003','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000001"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000001','19:5');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',4,'4150868004000000004','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000002"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000002','18:6');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',5,'4150868004000000005','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000002"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000002','19:6');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',6,'4150868004000000006','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000003"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000003','18:7');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',7,'4150868004000000007','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000003"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000003','19:7');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',8,'4150868004000000008','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000004"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000004','18:8');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',9,'4150868004000000009','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000004"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000004','19:8');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',10,'4150868004000000010','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000005"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000005','18:9');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',11,'4150868004000000011','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000005"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000005','19:9');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',12,'4150868004000000012','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000006"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000006','18:10');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',13,'4150868004000000013','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000006"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000006','19:10');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',14,'4150868004000000014','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000007"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000007','18:11');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',15,'4150868004000000015','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000007"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000007','19:11');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',16,'4150868004000000016','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000008"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000008','18:12');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',17,'4150868004000000017','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000008"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000008','19:12');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',18,'4150868004000000018','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000009"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000009','18:13');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',19,'4150868004000000019','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000009"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000009','19:13');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',20,'4150868004000000020','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000000"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000010"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000010','18:14');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',21,'4150868004000000021','NEW',NULL,NULL,'{"class_zoho_id":[null,"4150868003000000001"],"end_date":[null,"2026-01-19"],"enrollment_date":[null,"2025-09-01"],"student_zoho_id":[null,"4150868001000000010"]}','2026-11-30T03:48:41.394471+00:00','create',NULL,1,'4150868001000000010','19:14');
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',22,'4150868004000000022','SKIPPED','PARENT_NOT_SYNCED','student_not_synced_yet','{}','2026-11-30T03:48:41.394471+00:00',NULL,NULL,1,'4150868001000000011',NULL);
INSERT INTO "sync_run_items" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default',23,'4150868004000000023','SKIPPED','PARENT_NOT_SYNCED','student_not_synced_yet','{}','2026-11-30T03:48:41.394471+00:00',NULL,NULL,1,'4150868001000000011',NULL);
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',0,'4150868001000000011','FAILED','EMAIL_INVALID','academic_email ''not an address'' is no e-mail address','{}','2026-11-30T03:48:51.072227+00:00',NULL,'I',1,'4150868001000000011',NULL);
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',1,'4150868001000000012','FAILED','EMAIL_INVALID','academic_email ''bad'' is no e-mail address','{}','2026-11-30T03:48:51.072227+00:00',NULL,'I',1,'4150868001000000012',NULL);
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',2,'4150868001000000000','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000000','4');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',3,'4150868001000000001','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000001','5');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',4,'4150868001000000002','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000002','6');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',5,'4150868001000000003','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000003','7');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',6,'4150868001000000004','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000004','8');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',7,'4150868001000000005','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000005','9');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',8,'4150868001000000006','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000006','10');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',9,'4150868001000000007','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000007','11');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',10,'4150868001000000008','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000008','12');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',11,'4150868001000000009','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000009','13');
INSERT INTO "sync_run_items" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default',12,'4150868001000000010','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.072227+00:00',NULL,NULL,1,'4150868001000000010','14');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',0,'4150868006000000000','NEW',NULL,NULL,'{"enrollment_status":[null,"Withdraw"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-04"],"student_zoho_id":[null,"4150868001000000000"]}','2026-11-30T03:48:41.159361+00:00','link',NULL,1,'4150868001000000000','1:4');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',1,'4150868006000000001','NEW',NULL,NULL,'{"enrollment_status":[null,"Freeze"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-05"],"student_zoho_id":[null,"4150868001000000001"]}','2026-11-30T03:48:41.159361+00:00','link',NULL,1,'4150868001000000001','1:5');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',2,'4150868006000000002','NEW',NULL,NULL,'{"enrollment_status":[null,"Active"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-06"],"student_zoho_id":[null,"4150868001000000002"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000002','1:6');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',3,'4150868006000000003','NEW',NULL,NULL,'{"enrollment_status":[null,"Active"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-07"],"student_zoho_id":[null,"4150868001000000003"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000003','1:7');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',4,'4150868006000000004','NEW',NULL,NULL,'{"enrollment_status":[null,"Active"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-08"],"student_zoho_id":[null,"4150868001000000004"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000004','1:8');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',5,'4150868006000000005','NEW',NULL,NULL,'{"enrollment_status":[null,"Active"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-09"],"student_zoho_id":[null,"4150868001000000005"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000005','1:9');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',6,'4150868006000000006','NEW',NULL,NULL,'{"enrollment_status":[null,"Active"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-10"],"student_zoho_id":[null,"4150868001000000006"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000006','1:10');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',7,'4150868006000000007','NEW',NULL,NULL,'{"enrollment_status":[null,"Active"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-11"],"student_zoho_id":[null,"4150868001000000007"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000007','1:11');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',8,'4150868006000000008','NEW',NULL,NULL,'{"enrollment_status":[null,"New"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-12"],"student_zoho_id":[null,"4150868001000000008"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000008','1:12');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',9,'4150868006000000009','NEW',NULL,NULL,'{"enrollment_status":[null,"New"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-13"],"student_zoho_id":[null,"4150868001000000009"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000009','1:13');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',10,'4150868006000000010','NEW',NULL,NULL,'{"enrollment_status":[null,"Active"],"program_zoho_id":[null,"4150868002000000000"],"registration_date":[null,"2025-08-14"],"student_zoho_id":[null,"4150868001000000010"]}','2026-11-30T03:48:41.159361+00:00','create',NULL,1,'4150868001000000010','1:14');
INSERT INTO "sync_run_items" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default',11,'4150868006000000011','SKIPPED','PARENT_NOT_SYNCED','student_not_synced_yet','{}','2026-11-30T03:48:41.159361+00:00',NULL,NULL,1,'4150868001000000011',NULL);
INSERT INTO "sync_run_items" VALUES('73658d8b-e9d2-431b-a1b9-157745361fb0','default',0,'4150868003000000000','NEW',NULL,NULL,'{"end_date":[null,"2026-01-19"],"name":[null,"Principles of Biology - Group 0001"],"program_zoho_id":[null,"4150868002000000000"],"short_name":[null,"SCI101-0001"],"start_date":[null,"2025-09-01"]}','2026-11-30T03:48:41.005913+00:00','create',NULL,1,NULL,'18');
INSERT INTO "sync_run_items" VALUES('73658d8b-e9d2-431b-a1b9-157745361fb0','default',1,'4150868003000000001','NEW',NULL,NULL,'{"end_date":[null,"2026-01-19"],"name":[null,"Laboratory Techniques - Group 0001"],"program_zoho_id":[null,"4150868002000000000"],"short_name":[null,"SCI102-0001"],"start_date":[null,"2025-09-01"]}','2026-11-30T03:48:41.005913+00:00','create',NULL,1,NULL,'19');
INSERT INTO "sync_run_items" VALUES('80300945-b631-46cb-9813-28430bbfa0e5','default',0,'4150868002000000000','NEW',NULL,NULL,'{"code":[null,"PRG-0001"],"description":[null,"BTEC Level 3 Applied Science, full time, two years"],"name":[null,"BTEC Level 3 Applied Science"]}','2026-11-30T03:48:40.806004+00:00','create',NULL,1,NULL,'2');
INSERT INTO "sync_run_items" VALUES('80300945-b631-46cb-9813-28430bbfa0e5','default',1,'4150868002000000001','NEW',NULL,NULL,'{"code":[null,"PRG-0002"],"description":[null,"BTEC Level 5 Computing, full time, two years"],"name":[null,"BTEC Level 5 Computing"]}','2026-11-30T03:48:40.806004+00:00','create',NULL,1,NULL,'3');
INSERT INTO "sync_run_items" VALUES('80300945-b631-46cb-9813-28430bbfa0e5','default',2,'4150868002000000002','NEW',NULL,NULL,'{"code":[null,"PRG-0003"],"description":[null,"BTEC Level 5 Business & Management, full time, two years"],"name":[null,"BTEC Level 5 Business & Management"]}','2026-11-30T03:48:40.806004+00:00','create',NULL,1,NULL,'4');
INSERT INTO "sync_run_items" VALUES('80300945-b631-46cb-9813-28430bbfa0e5','default',3,'4150868002000000003','NEW',NULL,NULL,'{"code":[null,"PRG-0004"],"description":[null,"BTEC Level 5 Art & Design, full time, two years"],"name":[null,"BTEC Level 5 Art & Design"]}','2026-11-30T03:48:40.806004+00:00','create',NULL,1,NULL,'5');
INSERT INTO "sync_run_items" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default',0,'4150868001000000011','FAILED','EMAIL_INVALID','academic_email ''not an address'' is no e-mail address','{}','2026-11-30T03:48:51.101862+00:00',NULL,'I',1,'4150868001000000011',NULL);
INSERT INTO "sync_run_items" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default',1,'4150868001000000012','FAILED','EMAIL_INVALID','academic_email ''bad'' is no e-mail address','{}','2026-11-30T03:48:51.101862+00:00',NULL,'I',1,'4150868001000000012',NULL);
INSERT INTO "sync_run_items" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default',2,'4150868001000000000','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.101862+00:00',NULL,NULL,1,'4150868001000000000','4');
INSERT INTO "sync_run_items" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default',3,'4150868001000000007','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.101862+00:00',NULL,NULL,1,'4150868001000000007','11');
INSERT INTO "sync_run_items" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default',4,'4150868001000000008','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.101862+00:00',NULL,NULL,1,'4150868001000000008','12');
INSERT INTO "sync_run_items" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default',5,'4150868001000000009','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.101862+00:00',NULL,NULL,1,'4150868001000000009','13');
INSERT INTO "sync_run_items" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default',6,'4150868001000000010','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:51.101862+00:00',NULL,NULL,1,'4150868001000000010','14');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',0,'4150868001000000011','FAILED','EMAIL_INVALID','academic_email ''not an address'' is no e-mail address','{}','2026-11-30T03:48:40.562592+00:00',NULL,'I',1,'4150868001000000011',NULL);
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',1,'4150868001000000000','NEW',NULL,NULL,'{"academic_email":[null,"jonas.almasri.00000@college.example"],"first_name":[null,"Jonas"],"last_name":[null,"Al-Masri"],"phone":[null,"+999 55 0000000"],"status":[null,"Active"],"username":[null,"jonas.almasri.00000"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000000','4');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',2,'4150868001000000001','NEW',NULL,NULL,'{"academic_email":[null,"rene.mansour.00001@college.example"],"first_name":[null,"René"],"last_name":[null,"Mansour"],"phone":[null,"+999 55 0000001"],"status":[null,"Active"],"username":[null,"rene.mansour.00001"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000001','5');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',3,'4150868001000000002','NEW',NULL,NULL,'{"academic_email":[null,"zoe.demir.00002@college.example"],"first_name":[null,"Zoë"],"last_name":[null,"Demir"],"phone":[null,"+999 55 0000002"],"status":[null,"Active"],"username":[null,"zoe.demir.00002"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000002','6');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',4,'4150868001000000003','NEW',NULL,NULL,'{"academic_email":[null,"hasan.khoury.00003@college.example"],"first_name":[null,"Hasan"],"last_name":[null,"Khoury"],"phone":[null,"+999 55 0000003"],"status":[null,"Active"],"username":[null,"hasan.khoury.00003"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000003','7');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',5,'4150868001000000004','NEW',NULL,NULL,'{"academic_email":[null,"yousef.kanaan.00004@college.example"],"first_name":[null,"يوسف"],"last_name":[null,"كنعان"],"phone":[null,"+999 55 0000004"],"status":[null,"Active"],"username":[null,"yousef.kanaan.00004"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000004','8');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',6,'4150868001000000005','NEW',NULL,NULL,'{"academic_email":[null,"hasan.sabbagh.00005@college.example"],"first_name":[null,"Hasan"],"last_name":[null,"Sabbagh"],"phone":[null,"+999 55 0000005"],"status":[null,"Active"],"username":[null,"hasan.sabbagh.00005"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000005','9');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',7,'4150868001000000006','NEW',NULL,NULL,'{"academic_email":[null,"rana.alnajjar.00006@college.example"],"first_name":[null,"رنا"],"last_name":[null,"النجار"],"phone":[null,"+999 55 0000006"],"status":[null,"Active"],"username":[null,"rana.alnajjar.00006"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000006','10');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',8,'4150868001000000007','NEW',NULL,NULL,'{"academic_email":[null,"sara.haddad.00007@college.example"],"first_name":[null,"Sara"],"last_name":[null,"Haddad"],"phone":[null,"+999 55 0000007"],"status":[null,"Active"],"username":[null,"sara.haddad.00007"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000007','11');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',9,'4150868001000000008','NEW',NULL,NULL,'{"academic_email":[null,"ziad.mansour.00008@college.example"],"first_name":[null,"Ziad"],"last_name":[null,"Mansour"],"phone":[null,"+999 55 0000008"],"status":[null,"Active"],"username":[null,"ziad.mansour.00008"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000008','12');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',10,'4150868001000000009','NEW',NULL,NULL,'{"academic_email":[null,"rene.obrien.00009@college.example"],"first_name":[null,"René"],"last_name":[null,"O''Brien"],"phone":[null,"+999 55 0000009"],"status":[null,"Active"],"username":[null,"rene.obrien.00009"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000009','13');
INSERT INTO "sync_run_items" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default',11,'4150868001000000010','NEW',NULL,NULL,'{"academic_email":[null,"lina.halabi.00010@college.example"],"first_name":[null,"Lina"],"last_name":[null,"Halabi"],"phone":[null,"+999 55 0000010"],"status":[null,"Active"],"username":[null,"lina.halabi.00010"]}','2026-11-30T03:48:40.562592+00:00','create',NULL,1,'4150868001000000010','14');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',0,'4150868004000000000','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000000','18:4');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',1,'4150868004000000001','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000000','19:4');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',2,'4150868004000000002','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000001','18:5');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',3,'4150868004000000003','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000001','19:5');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',4,'4150868004000000004','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000002','18:6');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',5,'4150868004000000005','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000002','19:6');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',6,'4150868004000000006','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000003','18:7');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',7,'4150868004000000007','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000003','19:7');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',8,'4150868004000000008','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000004','18:8');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',9,'4150868004000000009','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000004','19:8');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',10,'4150868004000000010','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000005','18:9');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',11,'4150868004000000011','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000005','19:9');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',12,'4150868004000000012','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000006','18:10');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',13,'4150868004000000013','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000006','19:10');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',14,'4150868004000000014','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000007','18:11');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',15,'4150868004000000015','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000007','19:11');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',16,'4150868004000000016','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000008','18:12');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',17,'4150868004000000017','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000008','19:12');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',18,'4150868004000000018','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000009','18:13');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',19,'4150868004000000019','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000009','19:13');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',20,'4150868004000000020','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000010','18:14');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',21,'4150868004000000021','UNCHANGED',NULL,NULL,'{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000010','19:14');
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',22,'4150868004000000022','SKIPPED','PARENT_NOT_SYNCED','student_not_synced_yet','{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000011',NULL);
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',23,'4150868004000000023','SKIPPED','PARENT_NOT_SYNCED','student_not_synced_yet','{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000011',NULL);
INSERT INTO "sync_run_items" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default',24,'4150868004000000024','SKIPPED','PARENT_NOT_SYNCED','student_not_synced_yet','{}','2026-11-30T03:48:50.993578+00:00',NULL,NULL,1,'4150868001000000012',NULL);
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',0,'4150868005000000000','NEW',NULL,NULL,'{"code":[null,"SCI-101"],"name":[null,"Principles of Biology"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'2');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',1,'4150868005000000001','NEW',NULL,NULL,'{"code":[null,"SCI-102"],"name":[null,"Laboratory Techniques"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'3');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',2,'4150868005000000002','NEW',NULL,NULL,'{"code":[null,"SCI-103"],"name":[null,"Human Physiology"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'4');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',3,'4150868005000000003','NEW',NULL,NULL,'{"code":[null,"SCI-104"],"name":[null,"Chemistry & Materials"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'5');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',4,'4150868005000000004','NEW',NULL,NULL,'{"code":[null,"IT-101"],"name":[null,"Programming"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'6');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',5,'4150868005000000005','NEW',NULL,NULL,'{"code":[null,"IT-102"],"name":[null,"Networking"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'7');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',6,'4150868005000000006','NEW',NULL,NULL,'{"code":[null,"IT-103"],"name":[null,"Database Design & Development"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'8');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',7,'4150868005000000007','NEW',NULL,NULL,'{"code":[null,"IT-104"],"name":[null,"Security"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'9');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',8,'4150868005000000008','NEW',NULL,NULL,'{"code":[null,"BUS-101"],"name":[null,"The Business Environment"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'10');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',9,'4150868005000000009','NEW',NULL,NULL,'{"code":[null,"BUS-102"],"name":[null,"Marketing Processes"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'11');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',10,'4150868005000000010','NEW',NULL,NULL,'{"code":[null,"BUS-103"],"name":[null,"Human Resource Management"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'12');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',11,'4150868005000000011','NEW',NULL,NULL,'{"code":[null,"BUS-104"],"name":[null,"Accounting Principles"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'13');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',12,'4150868005000000012','NEW',NULL,NULL,'{"code":[null,"ART-101"],"name":[null,"Contextual Studies"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'14');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',13,'4150868005000000013','NEW',NULL,NULL,'{"code":[null,"ART-102"],"name":[null,"Typography"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'15');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',14,'4150868005000000014','NEW',NULL,NULL,'{"code":[null,"ART-103"],"name":[null,"Digital Design"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'16');
INSERT INTO "sync_run_items" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default',15,'4150868005000000015','NEW',NULL,NULL,'{"code":[null,"ART-104"],"name":[null,"Professional Practice"]}','2026-11-30T03:48:40.844114+00:00','create',NULL,1,NULL,'17');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',0,'4150868007000000000','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-08-30"],"payment_method":[null,"Cash"],"payment_number":[null,"PAY-0000000"],"registration_zoho_id":[null,"4150868006000000000"],"voucher_number":[null,"SYN-V0000000"]}','2026-11-30T03:48:41.538428+00:00','link',NULL,1,'4150868001000000000','4');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',1,'4150868007000000001','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-10-29"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000001"],"registration_zoho_id":[null,"4150868006000000000"],"voucher_number":[null,"SYN-V0000001"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000000','4');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',2,'4150868007000000002','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-08-31"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000002"],"registration_zoho_id":[null,"4150868006000000001"],"voucher_number":[null,"SYN-V0000002"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000001','5');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',3,'4150868007000000003','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-01"],"payment_method":[null,"Cash"],"payment_number":[null,"PAY-0000003"],"registration_zoho_id":[null,"4150868006000000002"],"voucher_number":[null,"SYN-V0000003"]}','2026-11-30T03:48:41.538428+00:00','link',NULL,1,'4150868001000000002','6');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',4,'4150868007000000004','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-10-31"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000004"],"registration_zoho_id":[null,"4150868006000000002"],"voucher_number":[null,"SYN-V0000004"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000002','6');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',5,'4150868007000000005','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-02"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000005"],"registration_zoho_id":[null,"4150868006000000003"],"voucher_number":[null,"SYN-V0000005"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000003','7');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',6,'4150868007000000006','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-03"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000006"],"registration_zoho_id":[null,"4150868006000000004"],"voucher_number":[null,"SYN-V0000006"]}','2026-11-30T03:48:41.538428+00:00','link',NULL,1,'4150868001000000004','8');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',7,'4150868007000000007','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-11-02"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000007"],"registration_zoho_id":[null,"4150868006000000004"],"voucher_number":[null,"SYN-V0000007"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000004','8');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',8,'4150868007000000008','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-04"],"payment_method":[null,"Cash"],"payment_number":[null,"PAY-0000008"],"registration_zoho_id":[null,"4150868006000000005"],"voucher_number":[null,"SYN-V0000008"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000005','9');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',9,'4150868007000000009','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-05"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000009"],"registration_zoho_id":[null,"4150868006000000006"],"voucher_number":[null,"SYN-V0000009"]}','2026-11-30T03:48:41.538428+00:00','link',NULL,1,'4150868001000000006','10');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',10,'4150868007000000010','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-11-04"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000010"],"registration_zoho_id":[null,"4150868006000000006"],"voucher_number":[null,"SYN-V0000010"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000006','10');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',11,'4150868007000000011','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-06"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000011"],"registration_zoho_id":[null,"4150868006000000007"],"voucher_number":[null,"SYN-V0000011"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000007','11');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',12,'4150868007000000012','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-07"],"payment_method":[null,"Bank Transfer"],"payment_number":[null,"PAY-0000012"],"registration_zoho_id":[null,"4150868006000000008"],"voucher_number":[null,"SYN-V0000012"]}','2026-11-30T03:48:41.538428+00:00','link',NULL,1,'4150868001000000008','12');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',13,'4150868007000000013','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-11-06"],"payment_method":[null,"Cash"],"payment_number":[null,"PAY-0000013"],"registration_zoho_id":[null,"4150868006000000008"],"voucher_number":[null,"SYN-V0000013"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000008','12');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',14,'4150868007000000014','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-08"],"payment_method":[null,"Cash"],"payment_number":[null,"PAY-0000014"],"registration_zoho_id":[null,"4150868006000000009"],"voucher_number":[null,"SYN-V0000014"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000009','13');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',15,'4150868007000000015','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-09-09"],"payment_method":[null,"Cash"],"payment_number":[null,"PAY-0000015"],"registration_zoho_id":[null,"4150868006000000010"],"voucher_number":[null,"SYN-V0000015"]}','2026-11-30T03:48:41.538428+00:00','link',NULL,1,'4150868001000000010','14');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',16,'4150868007000000016','NEW',NULL,NULL,'{"amount":[null,"1125"],"payment_date":[null,"2025-11-08"],"payment_method":[null,"Cash"],"payment_number":[null,"PAY-0000016"],"registration_zoho_id":[null,"4150868006000000010"],"voucher_number":[null,"SYN-V0000016"]}','2026-11-30T03:48:41.538428+00:00','update',NULL,1,'4150868001000000010','14');
INSERT INTO "sync_run_items" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default',17,'4150868007000000017','SKIPPED','PARENT_NOT_SYNCED','registration_not_synced_yet','{}','2026-11-30T03:48:41.538428+00:00',NULL,NULL,1,NULL,NULL);
CREATE TABLE sync_run_removals (
        run_id varchar(36) NOT NULL REFERENCES sync_runs ON DELETE CASCADE,
        tenant_id varchar(100) NOT NULL,
        zoho_id varchar(100) NOT NULL,
        evidence varchar(16) NOT NULL,
        label varchar(255),
        PRIMARY KEY (run_id, zoho_id)
    ) WITHOUT ROWID;
INSERT INTO "sync_run_removals" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default','4150868001000000001','absent',NULL);
INSERT INTO "sync_run_removals" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default','4150868001000000002','absent',NULL);
INSERT INTO "sync_run_removals" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default','4150868001000000003','absent',NULL);
INSERT INTO "sync_run_removals" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default','4150868001000000004','absent',NULL);
INSERT INTO "sync_run_removals" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default','4150868001000000005','absent',NULL);
INSERT INTO "sync_run_removals" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default','4150868001000000006','absent',NULL);
CREATE TABLE sync_runs (
        run_id varchar(36) PRIMARY KEY,
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        trigger_source varchar(50) NOT NULL,
        trigger_key varchar(255),
        triggered_by varchar(255),
        parent_run_id varchar(36),
        state varchar(16) NOT NULL,
        phase varchar(16) NOT NULL,
        priority smallint NOT NULL,
        available_ms bigint NOT NULL,
        epoch bigint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        max_attempts integer NOT NULL DEFAULT 5,
        owner varchar(64),
        lease_ms bigint,
        cancel_requested boolean NOT NULL DEFAULT false,
        rerun_requested boolean NOT NULL DEFAULT false,
        checkpoint json_text,
        seq bigint NOT NULL DEFAULT 1,
        n_new bigint NOT NULL DEFAULT 0,
        n_unchanged bigint NOT NULL DEFAULT 0,
        n_updated bigint NOT NULL DEFAULT 0,
        n_failed bigint NOT NULL DEFAULT 0,
        n_skipped bigint NOT NULL DEFAULT 0,
        expected_total bigint,
        error_code varchar(64),
        error_summary text,
        started_at timestamp_text NOT NULL,
        finished_at timestamp_text
    , dry_run boolean NOT NULL DEFAULT false, scope json_text, rerun_scope json_text, chain_id varchar(36), chain_place integer, mapping_version bigint, removals_planned bigint NOT NULL DEFAULT 0, removals_applied bigint NOT NULL DEFAULT 0, held_reason text, approved_by varchar(255), approved_ceiling bigint, calls_zoho bigint NOT NULL DEFAULT 0, calls_moodle bigint NOT NULL DEFAULT 0, credits_zoho bigint NOT NULL DEFAULT 0);
INSERT INTO "sync_runs" VALUES('b0185b76-a852-4b7b-a0a8-4bf74ebc62c6','default','students','manual',NULL,'extension_user',NULL,'partial','done',0,1796010520547,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":12,"since":null,"bulk":false,"as_of":"2026-11-30T03:48:40Z","latest":"2026-11-30T03:48:40Z","rows":12,"rows_before":null,"read_ended":true,"again":false,"pending":null,"nameless":false,"restarts":0}',4,11,0,0,1,0,NULL,NULL,NULL,'2026-11-30T03:48:40.547267+00:00','2026-11-30T03:48:40.608155+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,3,3,3);
INSERT INTO "sync_runs" VALUES('80300945-b631-46cb-9813-28430bbfa0e5','default','programs','manual',NULL,'extension_user',NULL,'completed','done',0,1796010520793,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":4,"since":null,"bulk":false,"as_of":"2026-11-30T03:48:40Z","latest":"2024-06-10T07:03:00Z","rows":4,"rows_before":null,"read_ended":true,"again":false,"pending":null,"nameless":false,"restarts":0}',4,4,0,0,0,0,NULL,NULL,NULL,'2026-11-30T03:48:40.793196+00:00','2026-11-30T03:48:40.807817+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,2,1,2);
INSERT INTO "sync_runs" VALUES('e05a3c7c-cd52-4192-91d3-aed2385ec248','default','units','manual',NULL,'extension_user',NULL,'completed','done',0,1796010520824,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":16,"since":null,"bulk":false,"as_of":"2026-11-30T03:48:40Z","latest":"2024-06-11T07:15:00Z","rows":16,"rows_before":null,"read_ended":true,"again":false,"pending":null,"nameless":false,"restarts":0}',4,16,0,0,0,0,NULL,NULL,NULL,'2026-11-30T03:48:40.823950+00:00','2026-11-30T03:48:40.845443+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,1,1,1);
INSERT INTO "sync_runs" VALUES('73658d8b-e9d2-431b-a1b9-157745361fb0','default','classes','manual',NULL,'extension_user',NULL,'completed','done',0,1796010520970,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":2,"since":null,"bulk":false,"as_of":"2026-11-30T03:48:41Z","latest":"2024-09-01T08:01:00Z","rows":2,"rows_before":null,"read_ended":true,"again":false,"pending":null,"nameless":false,"restarts":0}',4,2,0,0,0,0,NULL,NULL,NULL,'2026-11-30T03:48:40.970447+00:00','2026-11-30T03:48:41.008320+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,2,1,2);
INSERT INTO "sync_runs" VALUES('7002494d-f765-490a-8a01-9be5e594986a','default','registrations','manual',NULL,'extension_user',NULL,'completed','done',0,1796010521149,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":12,"since":null,"bulk":false,"as_of":"2026-11-30T03:48:41Z","latest":"2024-09-01T07:03:40Z","rows":12,"rows_before":null,"read_ended":true,"again":false,"pending":null,"nameless":false,"restarts":0}',4,11,0,0,0,1,NULL,NULL,NULL,'2026-11-30T03:48:41.149168+00:00','2026-11-30T03:48:41.162332+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,2,3,2);
INSERT INTO "sync_runs" VALUES('4bb2142c-8698-4bc6-98b1-0f394974b5ff','default','enrollments','manual',NULL,'extension_user',NULL,'completed','done',0,1796010521347,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":24,"since":null,"bulk":false,"as_of":"2026-11-30T03:48:41Z","latest":"2024-09-01T09:03:50Z","rows":24,"rows_before":null,"read_ended":true,"again":false,"pending":null,"nameless":false,"restarts":0}',4,22,0,0,0,2,NULL,NULL,NULL,'2026-11-30T03:48:41.347635+00:00','2026-11-30T03:48:41.402316+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,3,1,3);
INSERT INTO "sync_runs" VALUES('f12aa49c-08ce-4994-a120-7127961e92e9','default','payments','manual',NULL,'extension_user',NULL,'completed','done',0,1796010521527,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":18,"since":null,"bulk":false,"as_of":"2026-11-30T03:48:41Z","latest":"2024-09-01T10:03:41Z","rows":18,"rows_before":null,"read_ended":true,"again":false,"pending":null,"nameless":false,"restarts":0}',4,17,0,0,0,1,NULL,NULL,NULL,'2026-11-30T03:48:41.527690+00:00','2026-11-30T03:48:41.540948+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,3,2,3);
INSERT INTO "sync_runs" VALUES('c82d055b-aee4-4aea-8c1e-5a426796c603','default','enrollments','manual',NULL,'extension_user',NULL,'completed','done',0,1796010530987,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":25,"since":null,"bulk":false,"as_of":"2026-11-30T03:48:50Z","latest":"2026-11-30T03:48:50Z","rows":25,"rows_before":24,"read_ended":true,"again":false,"pending":null,"nameless":false,"restarts":0}',4,0,22,0,0,3,NULL,NULL,NULL,'2026-11-30T03:48:50.987800+00:00','2026-11-30T03:48:50.994666+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,1,0,1);
INSERT INTO "sync_runs" VALUES('543507f1-a682-4aaf-bd8d-8ab26a1339f3','default','students','manual',NULL,'extension_user',NULL,'partial','done',0,1796010531068,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":13,"since":"2026-11-30T03:38:40Z","bulk":false,"as_of":"2026-11-30T03:48:51Z","latest":"2026-11-30T03:48:50Z","rows":13,"rows_before":12,"read_ended":true,"again":false,"pending":{"watermark":"2026-11-30T03:48:50Z","full_scan_at":"2026-11-30T03:48:51.070518Z","full_scan_rows":13},"nameless":false,"restarts":0}',5,0,11,0,2,0,NULL,NULL,NULL,'2026-11-30T03:48:51.068114+00:00','2026-11-30T03:48:51.073599+00:00',1,'{"kind":"full"}',NULL,NULL,NULL,1,0,0,NULL,NULL,NULL,2,0,2);
INSERT INTO "sync_runs" VALUES('96a457f6-3f3a-4cd9-89e1-0c4e9a296d50','default','students','manual',NULL,'extension_user',NULL,'held','done',0,1796010531098,1,0,5,NULL,NULL,0,0,'{"v":2,"stage":"removals","cursor":null,"after":null,"retried":-1,"ordinal":7,"since":"2026-11-30T03:38:40Z","bulk":false,"as_of":"2026-11-30T03:48:51Z","latest":"2026-11-30T03:48:50Z","rows":7,"rows_before":12,"read_ended":true,"again":false,"pending":{"watermark":"2026-11-30T03:48:50Z","full_scan_at":"2026-11-30T03:48:51.100733Z","full_scan_rows":7},"nameless":false,"restarts":0}',5,0,5,0,2,0,NULL,NULL,NULL,'2026-11-30T03:48:51.098249+00:00','2026-11-30T03:48:51.103317+00:00',0,'{"kind":"full"}',NULL,NULL,NULL,1,6,0,'the source showed 7 records where the last whole read showed 12; 6 are absent',NULL,NULL,2,0,2);
INSERT INTO "sync_runs" VALUES('36416bfa-18f8-49da-b055-99692a541468','default','classes','manual',NULL,'extension_user',NULL,'running','reading',0,1796010556974,1,0,5,'47bb49c7-599f-4113-bc56-729cbba37ff8',1796010586974,0,1,NULL,3,0,0,0,0,0,NULL,NULL,NULL,'2026-11-30T03:49:16.973922+00:00',NULL,0,'{"kind":"full"}','{"kind":"full"}',NULL,NULL,NULL,0,0,NULL,NULL,NULL,0,0,0);
CREATE TABLE tenant_profiles (
        tenant_id varchar(100) PRIMARY KEY,
        name varchar(255) NOT NULL,
        status varchar(50) NOT NULL,
        metadata_json json_text,
        created_at timestamp_text NOT NULL,
        updated_at timestamp_text NOT NULL,
        CHECK (length(tenant_id) > 0)
    );
INSERT INTO "tenant_profiles" VALUES('default','Default Tenant','active',NULL,'2026-11-30T03:48:16.257286+00:00','2026-11-30T03:48:16.257286+00:00');
CREATE TABLE throttles (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        provider varchar(16) NOT NULL,
        blocked_ms bigint NOT NULL,
        reason varchar(64) NOT NULL,
        PRIMARY KEY (tenant_id, provider)
    );
CREATE INDEX api_keys_tenant ON api_keys (tenant_id);
CREATE INDEX sync_runs_due ON sync_runs (priority, available_ms, run_id) WHERE state = 'queued';
CREATE INDEX sync_runs_lease ON sync_runs (lease_ms) WHERE state = 'running';
CREATE INDEX sync_runs_busy ON sync_runs (tenant_id) WHERE state = 'running';
CREATE INDEX sync_runs_waiting ON sync_runs (tenant_id, module_name) WHERE state IN ('waiting', 'held');
CREATE INDEX sync_runs_newest ON sync_runs (tenant_id, started_at DESC, run_id DESC);
CREATE INDEX sync_runs_newest_of_module ON sync_runs (tenant_id, module_name, started_at DESC, run_id DESC);
CREATE INDEX sync_run_items_status ON sync_run_items (run_id, status, ordinal);
CREATE INDEX sync_run_items_record ON sync_run_items (tenant_id, zoho_id);
CREATE INDEX replay_guard_expiry ON replay_guard (expires_at);
CREATE INDEX audit_entries_tenant ON audit_entries (tenant_id, created_at);
CREATE UNIQUE INDEX sync_runs_active ON sync_runs (tenant_id, module_name, dry_run)
        WHERE state IN ('queued', 'running');
CREATE INDEX sync_runs_chain ON sync_runs (chain_id, chain_place) WHERE chain_id IS NOT NULL;
CREATE INDEX sync_run_items_code ON sync_run_items (run_id, code) WHERE code IS NOT NULL;
CREATE INDEX sync_run_items_person ON sync_run_items (tenant_id, person_id, created_at)
        WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX record_links_target ON record_links (tenant_id, target_kind, target_id)
        WHERE exclusive AND state <> 'removed';
CREATE INDEX record_links_shared ON record_links (tenant_id, target_kind, target_id) WHERE NOT exclusive;
CREATE INDEX record_links_person ON record_links (tenant_id, person_id, module_name) WHERE person_id IS NOT NULL;
CREATE INDEX record_links_active ON record_links (tenant_id, module_name) WHERE state = 'active';
CREATE INDEX record_waits_parent ON record_waits (tenant_id, parent_module, parent_id);
CREATE INDEX record_waits_ready ON record_waits (tenant_id, child_module, child_id) WHERE ready;
CREATE INDEX applied_removals_recent ON applied_removals (tenant_id, module_name, applied_at);
CREATE INDEX people_account ON people (tenant_id, account_id) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX person_terms_person ON person_terms (tenant_id, person_id, term);
CREATE INDEX sync_runs_ended ON sync_runs (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX sync_runs_trigger ON sync_runs (tenant_id, module_name, trigger_key)
        WHERE trigger_key IS NOT NULL;
CREATE INDEX sync_runs_parent ON sync_runs (tenant_id, parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX record_waits_since ON record_waits (since);
COMMIT;
