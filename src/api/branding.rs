//! BrandingService.

use {
    super::{Api, open, to_status},
    crate::{
        control::Look,
        domain::branding::{Branding, BrandingPatch},
        proto::pb::{self, branding_service_server::BrandingService},
    },
    tonic::{Request, Response, Status, async_trait},
};

pub(super) fn message(look: Branding) -> pb::Branding {
    let contrast = look.contrast();
    let Branding { name, logo, colour, text_colour, support_url } = look;
    pb::Branding { name, logo, colour, text_colour, support_url, contrast }
}

#[async_trait]
impl BrandingService for Api {
    async fn get_branding(
        &self,
        request: Request<pb::GetBrandingRequest>,
    ) -> Result<Response<pb::GetBrandingResponse>, Status> {
        let (who, _) = open(request)?;
        let Look { own, shown } = self.control.get_branding(&who).await.map_err(to_status)?;
        let (own, shown) = (Some(message(own)), Some(message(shown)));
        Ok(Response::new(pb::GetBrandingResponse { own, shown }))
    }

    async fn update_branding(
        &self,
        request: Request<pb::UpdateBrandingRequest>,
    ) -> Result<Response<pb::UpdateBrandingResponse>, Status> {
        let (who, request) = open(request)?;
        let pb::UpdateBrandingRequest { name, logo, colour, text_colour, support_url } = request;
        let patch = BrandingPatch { name, logo, colour, text_colour, support_url };
        let look = self.control.update_branding(&who, patch).await.map_err(to_status)?;
        let (own, shown) = (Some(message(look.own)), Some(message(look.shown)));
        Ok(Response::new(pb::UpdateBrandingResponse { own, shown }))
    }
}
