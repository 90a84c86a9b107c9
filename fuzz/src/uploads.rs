use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart};
use axum::http::Request;
use server::profiles::picture_in;
use tokio::runtime::Builder;

/// The largest picture that is kept.
const BYTES_MAX: usize = 512 * 1024;

/// A form with a file in it, as browsers send one. What is taken for a picture is a small one that was written here.
pub fn uploads(bytes: &[u8]) {
    let request = Request::builder()
        .header("content-type", "multipart/form-data; boundary=limit")
        .body(Body::from(bytes.to_vec()))
        .expect("a constant request is valid");
    let runtime = Builder::new_current_thread().build();
    let picture = runtime
        .expect("a runtime needs nothing")
        .block_on(async { picture_in(Multipart::from_request(request, &()).await.ok()?).await });
    if let Some(picture) = picture {
        let is_png = picture.bytes.starts_with(b"\x89PNG\r\n\x1a\n");
        let is_jpeg = picture.bytes.starts_with(b"\xff\xd8\xff");
        assert_eq!(picture.content_type == "image/png", is_png);
        assert!(is_png != is_jpeg && picture.bytes.len() < BYTES_MAX);
    }
}
