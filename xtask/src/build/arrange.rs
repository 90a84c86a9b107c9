//! The same module in fewer bytes: functions that do the same become one, and functions that are alike stand side by
//! side, where Brotli finds what they share. Generic code is compiled once for each type, and much of that is alike.

use anyhow::{Result, anyhow};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload,
};

/// Merges and orders a module's functions.
pub(super) fn arranged(module: &[u8]) -> Result<Vec<u8>> {
    let mut functions = Functions::read(module)?;
    while functions.merge()? {}
    functions.order()?;
    let mut arranged = Module::new();
    functions
        .parse_core_module(&mut arranged, Parser::new(0), module)
        .map_err(|error| anyhow!("the WASM could not be written anew: {error}"))?;
    Ok(arranged.finish())
}

/// What a module calls and points at by index: first what it imports, then what it defines.
struct Functions<'m> {
    imported: u32,
    defined: Vec<Function<'m>>,
    /// The defined functions that remain, in their new order; empty as long as there is none.
    kept: Vec<usize>,
    /// The new index of each.
    index: Vec<u32>,
}

struct Function<'m> {
    signature: u32,
    body: FunctionBody<'m>,
}

impl<'m> Functions<'m> {
    fn read(module: &'m [u8]) -> Result<Self> {
        let (mut imported, mut signatures, mut bodies) = (0, Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => {
                    signatures = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::CodeSectionEntry(body) => bodies.push(body),
                _ => {}
            }
        }
        let defined: Vec<_> = signatures
            .into_iter()
            .zip(bodies)
            .map(|(signature, body)| Function { signature, body })
            .collect();
        let count = imported + u32::try_from(defined.len())?;
        Ok(Self {
            imported,
            kept: (0..defined.len()).collect(),
            defined,
            index: (0..count).collect(),
        })
    }

    /// Lets every function that is equal to an earlier one stand for it. Says whether there were any: what called them
    /// may have become equal by that.
    fn merge(&mut self) -> Result<bool> {
        let mut first = HashMap::new();
        let mut merged = Vec::new();
        let mut kept = Vec::new();
        for at in std::mem::take(&mut self.kept) {
            match first.entry(self.written(at)?) {
                Entry::Occupied(equal) => merged.push((at, *equal.get())),
                Entry::Vacant(new) => {
                    new.insert(at);
                    kept.push(at);
                }
            }
        }
        self.kept = kept;
        let defined = self.imported as usize;
        for (at, equal) in &merged {
            self.index[defined + at] = self.index[defined + equal];
        }
        // What stood for another may itself be merged now.
        for at in 0..self.index.len() {
            self.index[at] = self.index[self.index[at] as usize];
        }
        Ok(!merged.is_empty())
    }

    /// Puts like functions side by side: those of the same signature that begin alike.
    fn order(&mut self) -> Result<()> {
        let mut keyed: Vec<_> = std::mem::take(&mut self.kept)
            .into_iter()
            .map(|at| Ok((self.written(at)?, at)))
            .collect::<Result<_>>()?;
        keyed.sort_unstable();
        self.kept = keyed.into_iter().map(|(_, at)| at).collect();
        let defined = self.imported as usize;
        let mut new = self.index.clone();
        for (index, at) in (self.imported..).zip(&self.kept) {
            new[defined + at] = index;
        }
        for index in &mut self.index {
            *index = new[*index as usize];
        }
        Ok(())
    }

    /// A function's signature and its body with the indexes of now.
    fn written(&mut self, at: usize) -> Result<(u32, Vec<u8>)> {
        let Function { signature, body } = &self.defined[at];
        let (signature, body) = (*signature, body.clone());
        let mut written = self.new_function_with_parsed_locals(&body)?;
        let mut instructions = body.get_operators_reader()?;
        while !instructions.eof() {
            written.instruction(&self.parse_instruction(&mut instructions)?);
        }
        Ok((signature, written.into_raw_body()))
    }
}

impl Reencode for Functions<'_> {
    type Error = std::convert::Infallible;

    /// Only tools read them.
    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: CustomSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        Ok(())
    }

    fn function_index(&mut self, old: u32) -> Result<u32, reencode::Error> {
        Ok(self.index[old as usize])
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: FunctionSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        for at in &self.kept {
            functions.function(self.defined[*at].signature);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        _: CodeSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        for at in self.kept.clone() {
            let body = self.defined[at].body.clone();
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::arranged;
    use wasm_encoder::{
        CodeSection, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Module,
        TypeSection,
    };
    use wasmparser::{Operator, Parser, Payload};

    /// Imports a function, and defines as many as there are bodies: each calls the functions of these indexes.
    fn module(bodies: &[&[u32]], exported: u32) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("env", "f", wasm_encoder::EntityType::Function(0));
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for calls in bodies {
            functions.function(0);
            let mut body = Function::new([]);
            for call in *calls {
                body.instructions().call(*call);
            }
            body.instructions().end();
            code.function(&body);
        }
        let mut exports = ExportSection::new();
        exports.export("main", ExportKind::Func, exported);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&exports).section(&code);
        module.finish()
    }

    /// What each function calls, and the index of what is exported.
    fn read(module: &[u8]) -> (Vec<Vec<u32>>, u32) {
        let (mut bodies, mut exported) = (Vec::new(), None);
        for payload in Parser::new(0).parse_all(module) {
            match payload.unwrap() {
                Payload::ExportSection(exports) => {
                    exported = exports.into_iter().map(|it| it.unwrap().index).next();
                }
                Payload::CodeSectionEntry(body) => {
                    let called = |operator| match operator {
                        Operator::Call { function_index } => Some(function_index),
                        _ => None,
                    };
                    let operators = body.get_operators_reader().unwrap().into_iter();
                    bodies.push(operators.map(Result::unwrap).filter_map(called).collect());
                }
                _ => {}
            }
        }
        (bodies, exported.unwrap())
    }

    #[test]
    fn equal_functions_become_one_and_so_do_those_that_call_them() {
        // The second and third are equal; by that the fourth and fifth become equal.
        let module = module(&[&[4, 5], &[0], &[0], &[2, 0], &[3, 0]], 1);
        let (bodies, exported) = read(&arranged(&module).unwrap());
        assert_eq!(bodies.len(), 3);
        let main = &bodies[exported as usize - 1];
        assert_eq!(main[0], main[1]);
        let twice = &bodies[main[0] as usize - 1];
        assert_eq!(bodies[twice[0] as usize - 1], [0]);
        assert_eq!(twice[1], 0);
    }

    #[test]
    fn functions_that_begin_alike_stand_side_by_side() {
        let module = module(&[&[0, 0, 0], &[], &[0, 0]], 2);
        let (bodies, exported) = read(&arranged(&module).unwrap());
        assert_eq!(bodies, [vec![], vec![0, 0], vec![0, 0, 0]]);
        assert_eq!(exported, 1, "the export is of the same function");
    }
}
