//! The same module in fewer bytes: functions that do the same become one, and functions that are alike stand side by
//! side, where Brotli finds what they share for least. Generic code is compiled once for each type, and much is alike.

use anyhow::{Result, anyhow};
use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
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

    /// Puts like functions side by side, those of one signature first.
    fn order(&mut self) -> Result<()> {
        // What they call is no part of the likeness: it is numbered anew by this.
        let uncalled = vec![0; self.index.len()];
        let index = std::mem::replace(&mut self.index, uncalled);
        let mut keyed: Vec<_> = std::mem::take(&mut self.kept)
            .into_iter()
            .map(|at| Ok((self.written(at)?, at)))
            .collect::<Result<_>>()?;
        keyed.sort_unstable();
        let mut alike = chain(&keyed.iter().map(|((_, body), _)| body).collect::<Vec<_>>());
        alike.sort_by_key(|place| keyed[*place].0.0);
        self.kept = alike.into_iter().map(|place| keyed[place].1).collect();
        let defined = self.imported as usize;
        let mut new = index.clone();
        for (index, at) in (self.imported..).zip(&self.kept) {
            new[defined + at] = index;
        }
        self.index = index.into_iter().map(|old| new[old as usize]).collect();
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

/// An order of bodies in which each is followed by the one of the rest that shares most with it; where nothing does, by
/// the first of the rest.
fn chain(bodies: &[&Vec<u8>]) -> Vec<usize> {
    /// Bytes of a piece that bodies are compared by.
    const PIECE: usize = 6;
    /// A piece that more bodies have says nothing.
    const COMMON: usize = 300;
    /// Of a thousand pieces of two bodies, as many must be of both.
    const SHARED_MIN: usize = 50;
    let pieces: Vec<HashSet<&[u8]>> = bodies
        .iter()
        .map(|body| body.windows(PIECE).collect())
        .collect();
    let mut having: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (at, pieces) in pieces.iter().enumerate() {
        for piece in pieces {
            having.entry(piece).or_default().push(at);
        }
    }
    having.retain(|_, bodies| (2..=COMMON).contains(&bodies.len()));

    let mut chain = Vec::with_capacity(bodies.len());
    let mut is_placed = vec![false; bodies.len()];
    let mut shared = vec![0; bodies.len()];
    for first in 0..bodies.len() {
        let mut next = Some(first).filter(|first| !is_placed[*first]);
        while let Some(current) = next {
            is_placed[current] = true;
            chain.push(current);
            let mut met = Vec::new();
            let others = pieces[current].iter().filter_map(|piece| having.get(piece));
            for other in others.flatten().copied().filter(|other| !is_placed[*other]) {
                if shared[other] == 0 {
                    met.push(other);
                }
                shared[other] += 1;
            }
            let likeness = |other: usize, shared: usize| {
                shared * 1000 / (pieces[current].len() + pieces[other].len() - shared)
            };
            let best = met
                .into_iter()
                .map(|other| (likeness(other, std::mem::take(&mut shared[other])), other))
                .max_by_key(|(likeness, other)| (*likeness, Reverse(*other)));
            next = best
                .filter(|(likeness, _)| *likeness > SHARED_MIN)
                .map(|(_, other)| other);
        }
    }
    chain
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
    use super::{arranged, chain};
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
    fn what_calls_and_exports_a_function_finds_it_in_its_new_place() {
        let module = module(&[&[0, 0, 0], &[], &[0, 2]], 2);
        let (bodies, exported) = read(&arranged(&module).unwrap());
        assert_eq!(exported, 1, "the shortest is the first now");
        assert_eq!(bodies, [vec![], vec![0, 1], vec![0, 0, 0]]);
    }

    #[test]
    fn each_body_is_followed_by_the_one_that_shares_most_with_it() {
        let bodies = [
            "one: alike, nearly",
            "something else",
            "two: alike, nearly",
            "two: alike",
        ];
        let bodies = bodies.map(|body| body.as_bytes().to_vec());
        assert_eq!(chain(&bodies.each_ref()), [0, 2, 3, 1]);
    }
}
