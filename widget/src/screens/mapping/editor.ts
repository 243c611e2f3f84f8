// The set that is being edited: what is stored, what was changed and not saved, and what somebody else has stored meanwhile.
import { useEffect, useMemo, useState } from "preact/hooks";
import { useDraft } from "../../api/draft";
import { changed, type Query, useCall } from "../../api/query";
import { call } from "../../api/transport";
import { type ListMappingsResponse, type MappingFinding, MappingService } from "../../gen/sigma/v1/mapping_pb";
import { type Change, differences, inputOf, merged, type Row, rowsOf } from "./set";
import { type TestRow, testRowsOf, testsOf } from "./tests";

export interface MappingEdit {
  /** Number of the version that the edit began with. */
  base: string;
  baseRows: Row[];
  rows: Row[];
  /** Absent if the tests were not touched. */
  tests?: TestRow[] | undefined;
}

export interface Editor {
  module: string;
  query: Query<ListMappingsResponse>;
  version: bigint;
  saved: readonly Row[];
  rows: readonly Row[];
  tests: readonly TestRow[];
  testsChanged: boolean;
  changes: readonly Change[];
  isChanged: boolean;
  setRows: (rows: Row[]) => void;
  setTests: (tests: TestRow[]) => void;
  discard: () => void;
  /** What others have stored since the edit began; undefined if nothing. */
  theirs: { rows: readonly Row[]; changes: readonly Change[]; mine: readonly Change[]; merged: Row[] | undefined } | undefined;
  keepMine: () => void;
  takeBoth: () => void;
  save: (reason: string, force: boolean) => Promise<readonly MappingFinding[]>;
}

/** The value once it has not changed for a while. */
export function useSettled<T>(value: T, ms: number, key: string): T {
  const [settled, setSettled] = useState({ value, key });
  useEffect(() => {
    if (settled.key === key) return undefined;
    const timer = setTimeout(() => setSettled({ value, key }), ms);
    return () => clearTimeout(timer);
  }, [key, ms]);
  return settled.value;
}

export function useEditor(module: string): Editor {
  const query = useCall(MappingService.method.listMappings, { moduleName: module });
  const storedTests = useCall(MappingService.method.listMappingTests, { moduleName: module }).data?.tests;
  const draft = useDraft<MappingEdit>(`mapping:${module}`);
  // What was saved here a moment ago, until the server's list is read anew.
  const [own, setOwn] = useState<{ version: bigint; rows: Row[] }>();
  const edit = draft.value;
  const isAhead = own !== undefined && (query.data?.version ?? 0n) < own.version;
  const version = isAhead ? own.version : (query.data?.version ?? 0n);
  const saved = useMemo(() => (isAhead ? own.rows : rowsOf(query.data?.mappings ?? [])), [query.data, isAhead, own]);
  const rows = edit?.rows ?? saved;
  const changes = useMemo(() => (edit ? differences(saved, edit.rows) : []), [saved, edit]);
  const baseTests = useMemo(() => testRowsOf(storedTests ?? []), [storedTests]);
  const tests = edit?.tests ?? baseTests;
  const testsChanged = edit?.tests !== undefined && JSON.stringify(edit.tests) !== JSON.stringify(baseTests);
  const begun = () => ({ base: edit?.base ?? String(version), baseRows: edit?.baseRows ?? [...saved] });
  const keep = (rows: Row[], tests: TestRow[] | undefined) => {
    const { base, baseRows } = begun();
    const same = differences(baseRows, rows).length === 0 && (tests === undefined || JSON.stringify(tests) === JSON.stringify(baseTests));
    if (same && base === String(version)) draft.discard();
    else draft.set(tests === undefined ? { base, baseRows, rows } : { base, baseRows, rows, tests });
  };
  const isBehind = edit !== undefined && query.data !== undefined && edit.base !== String(version);
  const theirChanges = useMemo(() => (isBehind && edit ? differences(edit.baseRows, saved) : []), [isBehind, edit, saved]);
  useEffect(() => {
    if (!isBehind || !edit) return;
    // Another version with the content that the edit began with, or with what it wants: nothing to decide.
    if (theirChanges.length === 0) draft.set({ ...edit, base: String(version), baseRows: [...saved] });
    else if (differences(saved, edit.rows).length === 0 && !testsChanged) draft.discard();
  }, [isBehind, theirChanges]);
  const rebase = (rows: Row[]) => edit && draft.set({ ...edit, base: String(version), baseRows: [...saved], rows });
  return {
    module,
    query,
    version,
    saved,
    rows,
    tests,
    testsChanged,
    changes,
    isChanged: edit !== undefined && (changes.length > 0 || testsChanged),
    setRows: (rows) => keep(rows, edit?.tests),
    setTests: (tests) => keep([...rows], tests),
    discard: draft.discard,
    theirs:
      isBehind && edit && theirChanges.length > 0
        ? { rows: saved, changes: theirChanges, mine: differences(edit.baseRows, edit.rows), merged: merged(edit.baseRows, edit.rows, saved) }
        : undefined,
    keepMine: () => void rebase([...rows]),
    takeBoth() {
      const both = edit && merged(edit.baseRows, edit.rows, saved);
      if (both) rebase(both);
    },
    async save(reason, force) {
      const sent = testsChanged ? testsOf(edit?.tests ?? []) : undefined;
      const answer = await call(MappingService.method.replaceMappings, {
        moduleName: module,
        mappings: rows.map(inputOf),
        ...(sent ? { tests: { tests: sent } } : {}),
        ...(reason.trim() ? { reason: reason.trim() } : {}),
        expectedVersion: BigInt(edit?.base ?? version),
        force,
      });
      setOwn({ version: answer.version, rows: rowsOf(answer.mappings) });
      draft.discard();
      changed("mapping");
      return answer.findings;
    },
  };
}
