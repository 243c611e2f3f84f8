//! What a session that is narrowed to modules may call (docs/src/security.md, "Sessions"): by the descriptor of the
//! request, so that a new method is refused until it names its module or a run. The module of a run is checked where
//! the run is looked up.

use {
    super::{GatewayError, plan::extension},
    crate::{
        domain::{
            access::{Permission, Principal},
            code::{self, Gaps},
        },
        error::{Code, Error},
    },
    prost_reflect::{
        DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind,
        MessageDescriptor, MethodDescriptor,
    },
};

/// Reads the methods of a pool.
pub(super) struct Narrowing {
    permission: ExtensionDescriptor,
}

/// What of a method a narrowed session depends on.
pub(super) struct Narrow {
    input: MessageDescriptor,
    module: Option<FieldDescriptor>,
    run: Option<FieldDescriptor>,
    /// True for a method that tells nothing of one module, or is narrowed by its operation.
    is_common: bool,
}

impl Narrowing {
    pub(super) fn new(pool: &DescriptorPool) -> Result<Self, GatewayError> {
        Ok(Self { permission: extension(pool, "sigma.v1.permission")? })
    }

    pub(super) fn of(&self, method: &MethodDescriptor) -> Narrow {
        use Permission as P;
        let options = method.options();
        let permission = options.get_extension(&self.permission).as_str().and_then(P::parse);
        let common = [P::TenantRead, P::SettingsRead, P::MetadataRead, P::ModuleRead];
        let input = method.input();
        let text = |name: &str| {
            let field = input.get_field_by_name(name)?;
            (field.kind() == Kind::String && !field.is_list()).then_some(field)
        };
        Narrow {
            module: text("module_name").or_else(|| text("module")),
            run: text("run_id"),
            is_common: permission.is_some_and(|permission| common.contains(&permission)),
            input,
        }
    }
}

impl Narrow {
    /// Refuses a message of a narrowed session that is about another module, or about all.
    pub(super) fn check(&self, who: &Principal, message: &[u8]) -> Result<(), Error> {
        let Some(modules) = &who.modules else { return Ok(()) };
        let decoded = DynamicMessage::decode(self.input.clone(), message);
        let text = |field: &Option<FieldDescriptor>| {
            let value = decoded.as_ref().ok()?.get_field(field.as_ref()?);
            value.as_str().map(str::to_owned).filter(|text| !text.is_empty())
        };
        let may = match (text(&self.module), text(&self.run)) {
            (Some(module), _) => modules.iter().any(|own| own.as_str() == module),
            (None, Some(_)) => true,
            (None, None) => self.is_common,
        };
        if may {
            return Ok(());
        }
        let words: Vec<&str> = modules.iter().map(|module| module.as_str()).collect();
        let gaps: Gaps<'_> = &[("modules", &words.join(", "))];
        Err(Error::advised(Code::Forbidden, code::SESSION_NARROWED, gaps))
    }
}
