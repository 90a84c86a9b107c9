//! What the linker tells of the module that it wrote: where code and data refer to what.
//! <https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md>

use anyhow::Result;
use wasm_encoder::Encode;
use wasmparser::{RelocSectionReader, RelocationEntry};

/// The section that holds the relocations of the code.
pub(super) const OF_CODE: &str = "reloc.CODE";

/// The section that holds the relocations of the data.
pub(super) const OF_DATA: &str = "reloc.DATA";

/// What becomes of a relocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays.
    Stays,
    /// It goes: nothing is referred to there any more.
    Goes,
    /// It refers to the beginning of another symbol's data.
    RefersTo(u32),
}

/// The content of a section of relocations after each has met its fate.
pub(super) fn relocated(
    module: &[u8],
    relocations: &RelocSectionReader<'_>,
    fate: impl Fn(&RelocationEntry) -> Fate,
) -> Result<Vec<u8>> {
    let entries = relocations.entries();
    let end = entries.range().end;
    let entries = entries
        .into_iter_with_offsets()
        .collect::<Result<Vec<_>, _>>()?;
    let ends = entries.iter().skip(1).map(|(begin, _)| *begin).chain([end]);
    let (mut count, mut kept) = (0_u32, Vec::new());
    for ((begin, entry), end) in entries.iter().zip(ends) {
        match fate(entry) {
            Fate::Stays => {
                kept.extend_from_slice(&module[usize::try_from(*begin)?..usize::try_from(end)?]);
            }
            Fate::Goes => continue,
            Fate::RefersTo(symbol) => {
                kept.push(entry.ty as u8);
                entry.offset.encode(&mut kept);
                symbol.encode(&mut kept);
                0_i32.encode(&mut kept);
            }
        }
        count += 1;
    }
    let mut written = Vec::new();
    relocations.section_index().encode(&mut written);
    count.encode(&mut written);
    written.extend(kept);
    Ok(written)
}
