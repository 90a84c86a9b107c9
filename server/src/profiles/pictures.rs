//! Pictures of people. Whatever is sent is decoded and drawn anew, small: what reaches other people's browsers was written
//! here, and nothing that hides in a file comes along.

use crate::http::Error;
use ::app::profiles::PictureProblem;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use sha2::{Digest as _, Sha256};
use shared::values::PictureHash;
use std::fmt::Write as _;
use std::io::Cursor;

/// The largest file, in bytes.
pub const BYTES_MAX: usize = 5 * 1024 * 1024;
/// The longest side of what is decoded, in pixels.
const SIDE_MAX: u32 = 6_000;
/// The most pixels of what is decoded.
const PIXELS_MAX: u64 = 16_000_000;
/// The most memory that decoding may take, in bytes.
const DECODING_BYTES_MAX: u64 = 160 * 1024 * 1024;
/// The side of what is kept, in pixels: three times the largest place that it is shown in.
const SIDE: u32 = 256;
const JPEG_QUALITY: u8 = 85;

/// A picture as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it is addressed by.
    pub hash: PictureHash,
    /// What it is.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Draws a file anew, off the async threads.
pub async fn read(file: Vec<u8>) -> Result<Result<Picture, PictureProblem>, Error> {
    let drawn = tokio::task::spawn_blocking(move || redraw(&file)).await;
    Ok(drawn.map_err(anyhow::Error::from)?)
}

fn redraw(file: &[u8]) -> Result<Picture, PictureProblem> {
    if file.len() > BYTES_MAX {
        return Err(PictureProblem::TooLarge);
    }
    let no_picture = |_| PictureProblem::Unreadable;
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .map_err(|_| PictureProblem::Unreadable)?;
    let is_known = matches!(
        reader.format(),
        Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)
    );
    if !is_known {
        return Err(PictureProblem::Unreadable);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODING_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(no_picture)?;
    // The size stands at the file's beginning: a bomb is told before anything is unpacked.
    let (width, height) = decoder.dimensions();
    if width.max(height) > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(PictureProblem::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(no_picture)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(no_picture)?;
    image.apply_orientation(orientation);
    let image = image.resize_to_fill(SIDE, SIDE, FilterType::Triangle);
    encode(&image).map_err(no_picture)
}

fn encode(image: &DynamicImage) -> image::ImageResult<Picture> {
    let mut bytes = Vec::new();
    let rgba = image.to_rgba8();
    let is_opaque = rgba.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let content_type = if is_opaque {
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&image.to_rgb8())?;
        "image/jpeg"
    } else {
        rgba.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        "image/png"
    };
    let mut digits = String::new();
    for byte in Sha256::digest(&bytes) {
        // Writing to a text does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(Picture {
        hash: PictureHash::parse(&digits).expect("a hash has its digits"),
        content_type,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = DynamicImage::new_rgb8(width, height);
        image
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        bytes
    }

    #[test]
    fn a_picture_is_drawn_anew_and_nothing_comes_along() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let mut polyglot = file(format, 300, 200);
            polyglot.extend(b"<script>alert(1)</script>");
            let drawn = redraw(&polyglot).unwrap();
            assert_eq!(drawn.content_type, "image/jpeg");
            let text = String::from_utf8_lossy(&drawn.bytes).into_owned();
            assert!(!text.contains("script"));
            let again = image::load_from_memory(&drawn.bytes).unwrap();
            assert_eq!((again.width(), again.height()), (SIDE, SIDE));
        }
        let mut bytes = Vec::new();
        let clear = DynamicImage::new_rgba8(10, 10);
        clear
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .unwrap();
        assert_eq!(redraw(&bytes).unwrap().content_type, "image/png");
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        let gif = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;";
        let cut = &file(ImageFormat::Png, 300, 200)[..60];
        for bad in [svg.as_slice(), gif, cut, b"", b"%PDF-1.7", b"PK\x03\x04"] {
            assert_eq!(redraw(bad), Err(PictureProblem::Unreadable), "{bad:?}");
        }
    }

    #[test]
    fn a_bomb_is_told_by_its_beginning() {
        let mut bomb = file(ImageFormat::Png, 1, 1);
        // Width and height of the header, and its checksum.
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let mut crc = u32::MAX;
        for byte in &bomb[12..29] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            }
        }
        bomb[29..33].copy_from_slice(&(!crc).to_be_bytes());
        assert_eq!(redraw(&bomb), Err(PictureProblem::TooManyPixels));
        let large = vec![0; BYTES_MAX + 1];
        assert_eq!(redraw(&large), Err(PictureProblem::TooLarge));
    }
}
