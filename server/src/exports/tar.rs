//! Just enough of the tape archive format (POSIX ustar) to write plain files.

const BLOCK: usize = 512;

/// The header of a file, which its bytes follow.
pub(super) fn header(name: &str, size: u64, modified_s: u64) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, format!("{modified_s:011o}\0").as_bytes());
    // The sum is made with spaces in its own place.
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// What fills up the last block of a file.
pub(super) fn padding(size: u64) -> &'static [u8] {
    const ZEROS: [u8; BLOCK] = [0; BLOCK];
    let over = usize::try_from(size % BLOCK as u64).unwrap_or_default();
    if over == 0 { &[] } else { &ZEROS[over..] }
}

/// What stands at the end.
pub(super) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_fills_whole_blocks() {
        assert_eq!(
            [padding(0).len(), padding(1).len(), padding(512).len()],
            [0, 511, 0]
        );
        let header = header("tasks.jsonl", 8, 0);
        assert_eq!(&header[..12], b"tasks.jsonl\0");
        assert_eq!(&header[124..136], b"00000000010\0");
    }
}
