//! The generated messages and services of `proto/`, and the descriptor set that they came from. Nothing is
//! hand-written.

/// Package `sigma`.
#[expect(clippy::allow_attributes, reason = "tonic writes them")]
pub mod sigma {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("sigma.v1");
    }
    /// Package `sigma.internal`.
    pub mod internal {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("sigma.internal.v1");
        }
    }
}

/// Package `google`.
pub mod google {
    /// HTTP annotations.
    pub mod api {
        tonic::include_proto!("google.api");
    }
    /// Error details.
    #[expect(rustdoc::invalid_html_tags, reason = "the comments of the protos are not Markdown")]
    pub mod rpc {
        tonic::include_proto!("google.rpc");
    }
}

mod masked {
    include!(concat!(env!("OUT_DIR"), "/masked.rs"));
}

pub use sigma::v1 as pb;

/// The encoded `google.protobuf.FileDescriptorSet` of every file, with options and comments.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sigma.binpb"));
