//! What of leptos is compiled because something points at it, but never runs: it is taken out of the module before the
//! module is cut, together with what only it needs.

use anyhow::{Context, Result, ensure};
use std::ops::Range;
use wasm_encoder::{CustomSection, Encode, Module, RawSection};
use wasmparser::{KnownCustom, Name, Parser, Payload, RelocSectionReader};

/// `tachys::view::any_view::IntoAny::into_any::hydrate_async`, as the compiler writes it: every view carries a pointer to
/// its own, for pages that wait while they are taken over. `hydrate_lazy` does that; this app is mounted by
/// `hydrate_body`. Not what it calls: the compiler may have merged that with equal functions that do run.
const UNUSED: &str = "8into_any13hydrate_async17h";

/// The linked module, in which unused functions only stop the program and depend on nothing.
pub(super) fn without_unused(module: &[u8]) -> Result<Vec<u8>> {
    without(module, |name| name.contains(UNUSED))
}

fn without(module: &[u8], is_unused: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    let bodies = bodies(module, is_unused)?;
    ensure!(
        !bodies.is_empty(),
        "the compiler has begun to name functions in another way: none is unused"
    );
    let mut left = Module::new();
    let mut code_begins = 0;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let mut data = module[usize::try_from(range.start)?..usize::try_from(range.end)?].to_vec();
        match &payload {
            Payload::CodeSectionStart { .. } => {
                code_begins = range.start;
                for body in &bodies {
                    let begin = usize::try_from(body.start - code_begins)?;
                    let end = usize::try_from(body.end - code_begins)?;
                    stop(&mut data[begin..end]);
                }
            }
            Payload::CustomSection(section) if section.name() == "reloc.CODE" => {
                let KnownCustom::Reloc(relocations) = section.as_known() else {
                    unreachable!("the name says what it is");
                };
                let is_left = |offset| {
                    let at = code_begins + u64::from(offset);
                    let before = bodies.partition_point(|body| body.end <= at);
                    bodies.get(before).is_none_or(|body| at < body.start)
                };
                let data = relocated(module, &relocations, is_left)?;
                left.section(&CustomSection {
                    name: section.name().into(),
                    data: data.into(),
                });
                continue;
            }
            _ => {}
        }
        left.section(&RawSection { id, data: &data });
    }
    Ok(left.finish())
}

/// Where the unused functions are in the file, in order.
fn bodies(module: &[u8], is_unused: impl Fn(&str) -> bool) -> Result<Vec<Range<u64>>> {
    let (mut imported, mut bodies, mut unused) = (0, Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.range()),
            Payload::CustomSection(section) => {
                let KnownCustom::Name(subsections) = section.as_known() else {
                    continue;
                };
                for subsection in subsections {
                    let Name::Function(names) = subsection? else {
                        continue;
                    };
                    for naming in names {
                        let naming = naming?;
                        if is_unused(naming.name) && naming.index >= imported {
                            unused.push(usize::try_from(naming.index - imported)?);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    unused.sort_unstable();
    let body = |at: usize| bodies.get(at).cloned().context("a name without a function");
    unused.into_iter().map(body).collect()
}

/// Writes a function of the same length: nothing after it moves, so all relocations stay true.
fn stop(body: &mut [u8]) {
    const NO_LOCALS: u8 = 0;
    const UNREACHABLE: u8 = 0x00;
    const NOP: u8 = 0x01;
    const END: u8 = 0x0b;
    // The shortest body has no room for it, and does nothing anyway.
    if let [locals, first, rest @ .., end] = body {
        *locals = NO_LOCALS;
        *first = UNREACHABLE;
        rest.fill(NOP);
        *end = END;
    }
}

/// The relocations that `is_left` keeps, by where they are in the code.
fn relocated(
    module: &[u8],
    relocations: &RelocSectionReader<'_>,
    is_left: impl Fn(u32) -> bool,
) -> Result<Vec<u8>> {
    let entries = relocations.entries();
    let end = entries.range().end;
    let entries = entries
        .into_iter_with_offsets()
        .collect::<Result<Vec<_>, _>>()?;
    let ends = entries.iter().skip(1).map(|(begin, _)| *begin).chain([end]);
    let (mut count, mut kept) = (0_u32, Vec::new());
    for ((begin, entry), end) in entries.iter().zip(ends) {
        if is_left(entry.offset) {
            count += 1;
            kept.extend_from_slice(&module[usize::try_from(*begin)?..usize::try_from(end)?]);
        }
    }
    let mut written = Vec::new();
    relocations.section_index().encode(&mut written);
    count.encode(&mut written);
    written.extend(kept);
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::{UNUSED, without_unused};
    use wasm_encoder::{
        CodeSection, CustomSection, Encode, Function, FunctionSection, Module, NameMap,
        NameSection, TypeSection,
    };
    use wasmparser::{KnownCustom, Operator, Parser, Payload, RelocationType};

    /// Two functions that call the first, with a relocation for each call.
    fn module(second: &str) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for _ in 0..2 {
            functions.function(0);
            let mut body = Function::new([]);
            body.instructions().call(0).end();
            code.function(&body);
        }
        let mut relocations = Vec::new();
        2_u32.encode(&mut relocations);
        2_u32.encode(&mut relocations);
        for offset in [4_u32, 9] {
            relocations.push(RelocationType::FunctionIndexLeb as u8);
            offset.encode(&mut relocations);
            0_u32.encode(&mut relocations);
        }
        let mut names = NameMap::new();
        names.append(0, "first");
        names.append(1, second);
        let mut named = NameSection::new();
        named.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        module.section(&CustomSection {
            name: "reloc.CODE".into(),
            data: relocations.into(),
        });
        module.section(&named);
        module.finish()
    }

    #[test]
    fn an_unused_function_stops_and_depends_on_nothing() {
        let module = module(&format!("_ZN{UNUSED}0123E"));
        let left = without_unused(&module).unwrap();
        let (mut first, mut offsets) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(&left) {
            match payload.unwrap() {
                Payload::CodeSectionEntry(body) => {
                    let mut operators = body.get_operators_reader().unwrap();
                    first.push(operators.read().unwrap());
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Reloc(relocations) = section.as_known() {
                        let entries = relocations.entries().into_iter();
                        offsets.extend(entries.map(|entry| entry.unwrap().offset));
                    }
                }
                _ => {}
            }
        }
        assert_eq!(
            first,
            [Operator::Call { function_index: 0 }, Operator::Unreachable]
        );
        assert_eq!(offsets, [4]);
    }

    #[test]
    fn a_module_without_what_is_unused_is_an_error() {
        assert!(without_unused(&module("second")).is_err());
    }
}
