//! Where a panic was raised, without the line: the compiler hands each call that may panic a place of its own (file, line
//! and column), so that functions that are equal otherwise differ in it. Here all places of a file become one, which
//! names the file. What happened, and in which file, is said as before.

use super::relocations::{Fate, OF_CODE, OF_DATA, relocated};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use wasm_encoder::{CustomSection, Module, RawSection};
use wasmparser::{
    ConstExpr, DataKind, DefinedDataSymbol, KnownCustom, Linking, Operator, Parser, Payload,
    RelocationEntry, RelocationType, SymbolInfo,
};

/// The bytes of a `core::panic::Location`: the file's name, as its address and length, then the line and the column.
const SIZE: usize = 16;

/// The bytes of an address in code, which the linker pads.
const PADDED: usize = 5;

/// What the names of Rust's files end in.
const EXTENSION: &[u8] = b".rs";

/// The linked module, in which code refers to one place of each file.
///
/// # Errors
/// Where no file has two places: the compiler has begun to write them in another way.
pub(super) fn without_lines(module: &[u8]) -> Result<Vec<u8>> {
    let linked = Linked::read(module)?;
    let places = linked.places();
    ensure!(
        !places.instead.is_empty(),
        "the compiler has begun to write the places of panics in another way: no file has two"
    );
    let mut left = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let begin = usize::try_from(range.start)?;
        let mut bytes = module[begin..usize::try_from(range.end)?].to_vec();
        match &payload {
            Payload::CodeSectionStart { .. } => {
                for entry in &linked.in_code {
                    if let Fate::RefersTo(symbol) = places.fate(entry) {
                        let at = entry.offset as usize;
                        let address = i32::try_from(linked.address(symbol)?)?;
                        bytes[at..at + PADDED].copy_from_slice(&padded(address));
                    }
                }
            }
            Payload::DataSection(_) => {
                for nothing in &places.nothing {
                    bytes[nothing.start - begin..nothing.end - begin].fill(0);
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Reloc(entries) = section.as_known() {
                    let data = relocated(module, &entries, |entry| match section.name() {
                        OF_CODE => places.fate(entry),
                        OF_DATA if places.is_nothing(linked.data_begins, entry) => Fate::Goes,
                        _ => Fate::Stays,
                    })?;
                    left.section(&CustomSection {
                        name: section.name().into(),
                        data: data.into(),
                    });
                    continue;
                }
            }
            _ => {}
        }
        left.section(&RawSection { id, data: &bytes });
    }
    Ok(left.finish())
}

/// What the linker has written, as far as places need it.
struct Linked<'m> {
    module: &'m [u8],
    /// Where the data's section begins in the file.
    data_begins: usize,
    /// Each segment's address in memory, and where its bytes are in the file.
    segments: Vec<(u32, Range<usize>)>,
    /// Data by the number of its symbol.
    symbols: HashMap<u32, DefinedDataSymbol>,
    in_code: Vec<RelocationEntry>,
    /// By where they are in the file.
    in_data: BTreeMap<usize, RelocationEntry>,
}

/// What becomes of the places.
#[derive(Default)]
struct Places {
    /// The symbol that code refers to instead of another.
    instead: HashMap<u32, u32>,
    /// What is overwritten with zeros, in the file's order.
    nothing: Vec<Range<usize>>,
}

impl Places {
    fn fate(&self, entry: &RelocationEntry) -> Fate {
        match self.instead.get(&entry.index) {
            Some(symbol) if is_operand(entry) => Fate::RefersTo(*symbol),
            _ => Fate::Stays,
        }
    }

    /// Whether what refers is overwritten.
    fn is_nothing(&self, data_begins: usize, entry: &RelocationEntry) -> bool {
        let at = data_begins + entry.offset as usize;
        let before = self.nothing.partition_point(|nothing| nothing.end <= at);
        let next = self.nothing.get(before);
        next.is_some_and(|nothing| nothing.contains(&at))
    }
}

/// Whether it is all of a constant in the code: what is handed to a call.
fn is_operand(entry: &RelocationEntry) -> bool {
    entry.ty == RelocationType::MemoryAddrSleb && entry.addend == 0
}

impl<'m> Linked<'m> {
    fn read(module: &'m [u8]) -> Result<Self> {
        let mut linked = Self {
            module,
            data_begins: 0,
            segments: Vec::new(),
            symbols: HashMap::new(),
            in_code: Vec::new(),
            in_data: BTreeMap::new(),
        };
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::DataSection(section) => {
                    linked.data_begins = usize::try_from(section.range().start)?;
                    for segment in section {
                        let segment = segment?;
                        let end = usize::try_from(segment.range.end)?;
                        let begin = end - segment.data.len();
                        let address = match &segment.kind {
                            DataKind::Active { offset_expr, .. } => constant(offset_expr)?,
                            DataKind::Passive => 0,
                        };
                        linked.segments.push((address, begin..end));
                    }
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Linking(subsections) => {
                        for subsection in subsections.subsections() {
                            if let Linking::SymbolTable(symbols) = subsection? {
                                linked.take_symbols(symbols)?;
                            }
                        }
                    }
                    KnownCustom::Reloc(entries) if section.name() == OF_CODE => {
                        linked.in_code = entries.entries().into_iter().collect::<Result<_, _>>()?;
                    }
                    KnownCustom::Reloc(entries) if section.name() == OF_DATA => {
                        for entry in entries.entries() {
                            let entry = entry?;
                            let at = linked.data_begins + entry.offset as usize;
                            linked.in_data.insert(at, entry);
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(linked)
    }

    fn take_symbols(&mut self, symbols: wasmparser::SymbolInfoMap<'_>) -> Result<()> {
        for (number, symbol) in (0..).zip(symbols) {
            if let SymbolInfo::Data {
                symbol: Some(defined),
                ..
            } = symbol?
            {
                self.symbols.insert(number, defined);
            }
        }
        Ok(())
    }

    /// A symbol's address in memory.
    fn address(&self, symbol: u32) -> Result<u32> {
        let symbol = self.symbols.get(&symbol).context("no such symbol")?;
        let segment = self.segments.get(symbol.index as usize);
        Ok(segment.context("a symbol outside of the data")?.0 + symbol.offset)
    }

    /// Where a symbol's data is in the file.
    fn data(&self, symbol: DefinedDataSymbol) -> Option<Range<usize>> {
        let (_, segment) = self.segments.get(symbol.index as usize)?;
        let begin = segment.start + symbol.offset as usize;
        let end = begin + symbol.size as usize;
        (end <= segment.end).then_some(begin..end)
    }

    /// The name of the file of a place; none for other data.
    fn file(&self, symbol: DefinedDataSymbol) -> Option<&'m [u8]> {
        let data = self.data(symbol).filter(|data| data.len() == SIZE)?;
        // The first field is an address, and the others are numbers.
        let mut addresses = self.in_data.range(data.clone());
        let (at, entry) = addresses.next()?;
        if *at != data.start || addresses.next().is_some() {
            return None;
        }
        let named = *self.symbols.get(&entry.index)?;
        let name = self.data(named)?;
        let number = |at: usize| {
            let bytes = self.module[data.clone()].get(at..at + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let (length, line, column) = (number(4)?, number(8)?, number(12)?);
        let begin = name.start + usize::try_from(entry.addend).ok()?;
        let name = self.module[..name.end].get(begin..begin + length as usize)?;
        (name.ends_with(EXTENSION) && line > 0 && column > 0).then_some(name)
    }

    /// Which places go, and for which.
    fn places(&self) -> Places {
        let referred: HashSet<u32> = self.in_code.iter().map(|entry| entry.index).collect();
        // What is referred to in another way than as a constant keeps its line.
        let others = self.in_code.iter().filter(|entry| !is_operand(entry));
        let others: HashSet<u32> = others
            .chain(self.in_data.values())
            .map(|entry| entry.index)
            .collect();
        let mut symbols: Vec<_> = referred.difference(&others).copied().collect();
        symbols.sort_unstable();
        let mut first: HashMap<&[u8], u32> = HashMap::new();
        let mut places = Places::default();
        for number in symbols {
            let Some(symbol) = self.symbols.get(&number).copied() else {
                continue;
            };
            let (Some(file), Some(data)) = (self.file(symbol), self.data(symbol)) else {
                continue;
            };
            if let Some(instead) = first.get(file) {
                places.instead.insert(number, *instead);
                places.nothing.push(data);
            } else {
                first.insert(file, number);
                // The line and the column.
                places.nothing.push(data.start + 8..data.end);
            }
        }
        places.nothing.sort_unstable_by_key(|nothing| nothing.start);
        places
    }
}

fn constant(expression: &ConstExpr<'_>) -> Result<u32> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(u32::try_from(value)?),
        other => anyhow::bail!("a segment's address is no constant but {other:?}"),
    }
}

/// A number as the linker writes addresses: signed LEB128 in five bytes.
fn padded(number: i32) -> [u8; PADDED] {
    let mut rest = number;
    std::array::from_fn(|at| {
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest >>= 7;
        if at + 1 < PADDED { low | 0x80 } else { low }
    })
}

#[cfg(test)]
mod tests {
    use super::{OF_CODE, OF_DATA, padded, without_lines};
    use wasm_encoder::{
        CodeSection, ConstExpr, CustomSection, DataSection, DataSymbolDefinition, Encode, Function,
        FunctionSection, LinkingSection, Module, SymbolTable, TypeSection,
    };
    use wasmparser::{KnownCustom, Operator, Parser, Payload, RelocationType};

    /// Where the data is in memory.
    const BASE: u32 = 1_048_576;
    const FILE: &[u8; 4] = b"a.rs";

    /// As many functions as there are places, each of which refers to its own: of the file, these lines.
    fn module(lines: &[u32]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        let (mut data, mut symbols) = (FILE.to_vec(), SymbolTable::new());
        let symbol = |symbols: &mut SymbolTable, offset, size| {
            let definition = DataSymbolDefinition {
                index: 0,
                offset,
                size,
            };
            symbols.data(0, "", Some(definition));
        };
        symbol(&mut symbols, 0, 4);
        let (mut in_code, mut in_data) = (Vec::new(), Vec::new());
        for (at, line) in (0_u32..).zip(lines) {
            let place = u32::try_from(data.len()).unwrap();
            symbol(&mut symbols, place, 16);
            // Behind the number of segments, the address and the number of bytes.
            in_data.push((RelocationType::MemoryAddrI32, place + 9, 0));
            for field in [BASE, 4, *line, 5] {
                data.extend(field.to_le_bytes());
            }
            functions.function(0);
            let mut body = Function::new([]);
            body.raw([0x41]);
            body.raw(padded(i32::try_from(BASE + place).unwrap()));
            body.instructions().drop().end();
            code.function(&body);
            // Behind the functions' number: each is nine bytes and their number.
            in_code.push((RelocationType::MemoryAddrSleb, 1 + at * 10 + 3, at + 1));
        }
        let mut segments = DataSection::new();
        segments.active(0, &ConstExpr::i32_const(i32::try_from(BASE).unwrap()), data);
        let relocations = |section: u32, entries: &[(RelocationType, u32, u32)]| {
            let mut written = Vec::new();
            section.encode(&mut written);
            entries.len().encode(&mut written);
            for (kind, offset, index) in entries {
                written.push(*kind as u8);
                for number in [*offset, *index, 0] {
                    number.encode(&mut written);
                }
            }
            written
        };
        let mut linking = LinkingSection::new();
        linking.symbol_table(&symbols);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        module.section(&segments).section(&linking);
        for (name, data) in [
            (OF_CODE, relocations(2, &in_code)),
            (OF_DATA, relocations(3, &in_data)),
        ] {
            module.section(&CustomSection {
                name: name.into(),
                data: data.into(),
            });
        }
        module.finish()
    }

    #[test]
    fn code_refers_to_one_place_of_a_file() {
        let module = without_lines(&module(&[7, 8, 9])).unwrap();
        let (mut addresses, mut relocated, mut data) = (Vec::new(), Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(&module) {
            match payload.unwrap() {
                Payload::CodeSectionEntry(body) => {
                    let mut operators = body.get_operators_reader().unwrap();
                    addresses.push(operators.read().unwrap());
                }
                Payload::DataSection(segments) => {
                    data = segments.into_iter().next().unwrap().unwrap().data.to_vec();
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Reloc(entries) = section.as_known() {
                        let entries = entries.entries().into_iter().map(Result::unwrap);
                        relocated.push(entries.map(|entry| entry.index).collect::<Vec<_>>());
                    }
                }
                _ => {}
            }
        }
        let first = Operator::I32Const {
            value: i32::try_from(BASE + 4).unwrap(),
        };
        assert_eq!(addresses, [first.clone(), first.clone(), first]);
        assert_eq!(relocated, [vec![1, 1, 1], vec![0]]);
        let mut left = FILE.to_vec();
        left.extend(BASE.to_le_bytes());
        left.extend([4, 0, 0, 0]);
        left.resize(4 + 3 * 16, 0);
        assert_eq!(data, left);
    }

    #[test]
    fn a_module_without_places_is_an_error() {
        assert!(without_lines(&module(&[7])).is_err());
    }
}
