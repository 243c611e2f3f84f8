//! SavedViewService.

use {
    super::{Api, convert::timestamp, open, to_status},
    crate::{
        domain::view::{View, ViewInput},
        proto::pb::{self, saved_view_service_server::SavedViewService},
    },
    tonic::{Request, Response, Status, async_trait},
};

fn message(view: View) -> pb::SavedView {
    let ViewInput { name, screen, query } = view.input;
    pb::SavedView {
        view_id: view.id.to_string(),
        name,
        screen,
        query,
        saved_by: view.saved_by,
        saved_at: Some(timestamp(view.saved_at)),
    }
}

#[async_trait]
impl SavedViewService for Api {
    async fn list_views(
        &self,
        request: Request<pb::ListViewsRequest>,
    ) -> Result<Response<pb::ListViewsResponse>, Status> {
        let (who, pb::ListViewsRequest { screen }) = open(request)?;
        let views = self.control.list_views(&who, &screen).await.map_err(to_status)?;
        let views = views.into_iter().map(message).collect();
        Ok(Response::new(pb::ListViewsResponse { views }))
    }

    async fn save_view(
        &self,
        request: Request<pb::SaveViewRequest>,
    ) -> Result<Response<pb::SaveViewResponse>, Status> {
        let (who, pb::SaveViewRequest { name, screen, query }) = open(request)?;
        let input = ViewInput { name, screen, query };
        let view = self.control.save_view(&who, input).await.map_err(to_status)?;
        Ok(Response::new(pb::SaveViewResponse { view: Some(message(view)) }))
    }

    async fn delete_view(
        &self,
        request: Request<pb::DeleteViewRequest>,
    ) -> Result<Response<pb::DeleteViewResponse>, Status> {
        let (who, pb::DeleteViewRequest { view_id }) = open(request)?;
        let view = self.control.delete_view(&who, &view_id).await.map_err(to_status)?;
        Ok(Response::new(pb::DeleteViewResponse { view: Some(message(view)) }))
    }
}
