//! What of leptos is compiled because something points at it, but never runs: it is taken out of the module before the
//! module is cut, together with what only it needs.

use super::relocations::{Fate, OF_CODE, relocated};
use anyhow::{Context, Result, bail, ensure};
use std::ops::Range;
use wasm_encoder::{CustomSection, Module, RawSection};
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// `tachys::view::any_view::IntoAny::into_any::hydrate_async`, as the compiler writes it: every view carries a pointer to
/// its own, for pages that wait while they are taken over. `hydrate_lazy` does that; this app is mounted by
/// `hydrate_body`. Not what it calls: the compiler may have merged that with equal functions that do run.
const UNUSED: &str = "8into_any13hydrate_async17h";

/// `serde_core::de::WithDecimalPoint::fmt`: the number in "invalid type: floating point `1.5`". It is the last thing that
/// needs the printing of fractions, and who reads it has the message's line and column anyway.
const SILENT: &str = "WithDecimalPoint$u20$as$u20$core..fmt..Display$GT$3fmt17h";

/// What is left of a function.
#[derive(Clone, Copy)]
enum Stub {
    /// It stops the program.
    Stops,
    /// It answers 0, which is `Ok(())`.
    Answers,
}

/// The linked module, in which functions that never run stop the program, silent ones do nothing, and neither depends on
/// anything.
pub(super) fn without_unused(module: &[u8]) -> Result<Vec<u8>> {
    let unused = bodies(module, |name| name.contains(UNUSED))?;
    let silent = bodies(module, |name| name.contains(SILENT))?;
    ensure!(
        !unused.is_empty() && !silent.is_empty(),
        "the compiler has begun to name functions in another way: none is unused, or none is silent"
    );
    let unused = unused.into_iter().map(|body| (body, Stub::Stops));
    let silent = silent.into_iter().map(|body| (body, Stub::Answers));
    let mut bodies: Vec<_> = unused.chain(silent).collect();
    bodies.sort_by_key(|(body, _)| body.start);
    without(module, &bodies)
}

fn without(module: &[u8], bodies: &[(Range<u64>, Stub)]) -> Result<Vec<u8>> {
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
                for (body, stub) in bodies {
                    let begin = usize::try_from(body.start - code_begins)?;
                    let end = usize::try_from(body.end - code_begins)?;
                    shorten(&mut data[begin..end], *stub)?;
                }
            }
            Payload::CustomSection(section) if section.name() == OF_CODE => {
                let KnownCustom::Reloc(relocations) = section.as_known() else {
                    unreachable!("the name says what it is");
                };
                let is_left = |offset| {
                    let at = code_begins + u64::from(offset);
                    let before = bodies.partition_point(|(body, _)| body.end <= at);
                    bodies.get(before).is_none_or(|(body, _)| at < body.start)
                };
                let data = relocated(module, &relocations, |entry| {
                    if is_left(entry.offset) {
                        Fate::Stays
                    } else {
                        Fate::Goes
                    }
                })?;
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

/// Where the functions are in the file that have such names.
fn bodies(module: &[u8], is_meant: impl Fn(&str) -> bool) -> Result<Vec<Range<u64>>> {
    let (mut imported, mut bodies, mut meant) = (0, Vec::new(), Vec::new());
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
                        if is_meant(naming.name) && naming.index >= imported {
                            meant.push(usize::try_from(naming.index - imported)?);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let body = |at: usize| bodies.get(at).cloned().context("a name without a function");
    meant.into_iter().map(body).collect()
}

/// Writes a function of the same length: nothing after it moves, so all relocations stay true.
fn shorten(body: &mut [u8], stub: Stub) -> Result<()> {
    const NO_LOCALS: u8 = 0;
    const UNREACHABLE: u8 = 0x00;
    const NOP: u8 = 0x01;
    const END: u8 = 0x0b;
    const I32_CONST: u8 = 0x41;
    match (stub, body) {
        (Stub::Stops, [locals, first, rest @ .., end]) => {
            (*locals, *first, *end) = (NO_LOCALS, UNREACHABLE, END);
            rest.fill(NOP);
        }
        // The shortest body has no room for it, and does nothing anyway.
        (Stub::Stops, _) => {}
        (Stub::Answers, [locals, first, second, rest @ .., end]) => {
            (*locals, *first, *second, *end) = (NO_LOCALS, I32_CONST, 0, END);
            rest.fill(NOP);
        }
        (Stub::Answers, _) => bail!("a function that answers has no room for its answer"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{SILENT, UNUSED, without_unused};
    use wasm_encoder::{
        CodeSection, CustomSection, Encode, Function, FunctionSection, Module, NameMap,
        NameSection, TypeSection, ValType,
    };
    use wasmparser::{KnownCustom, Operator, Parser, Payload, RelocationType};

    /// Three functions that call the first, with a relocation for each call. The third answers a number.
    fn module(second: &str, third: &str) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([], [ValType::I32]);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for ty in [0, 0, 1] {
            functions.function(ty);
            let mut body = Function::new([]);
            body.instructions().call(0);
            if ty == 1 {
                body.instructions().i32_const(1);
            }
            body.instructions().end();
            code.function(&body);
        }
        let mut relocations = Vec::new();
        2_u32.encode(&mut relocations);
        3_u32.encode(&mut relocations);
        for offset in [4_u32, 9, 14] {
            relocations.push(RelocationType::FunctionIndexLeb as u8);
            offset.encode(&mut relocations);
            0_u32.encode(&mut relocations);
        }
        let mut names = NameMap::new();
        names.append(0, "first");
        names.append(1, second);
        names.append(2, third);
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
    fn what_never_runs_stops_what_is_silent_answers_and_neither_depends_on_anything() {
        let module = module(&format!("_ZN{UNUSED}0123E"), &format!("_ZN{SILENT}0123E"));
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
            [
                Operator::Call { function_index: 0 },
                Operator::Unreachable,
                Operator::I32Const { value: 0 }
            ]
        );
        assert_eq!(offsets, [4]);
    }

    #[test]
    fn a_module_without_what_is_left_out_is_an_error() {
        let (unused, silent) = (format!("_ZN{UNUSED}0123E"), format!("_ZN{SILENT}0123E"));
        assert!(without_unused(&module("second", &silent)).is_err());
        assert!(without_unused(&module(&unused, "third")).is_err());
    }
}
