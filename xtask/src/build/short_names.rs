//! Short names for what the module imports from its JavaScript. wasm-bindgen's names carry a hash each, which no
//! compression makes smaller, and stand in both files.

use super::wasm::MAIN;
use anyhow::{Result, anyhow, ensure};
use regex::{Captures, Regex};
use std::collections::HashMap;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{ImportSection, Module};
use wasmparser::{Import, ImportSectionReader, Parser, Payload};

/// The JavaScript and the module with numbers instead of names.
pub(super) fn shortened(js: &str, module: &[u8]) -> Result<(String, Vec<u8>)> {
    let mut short = Short(HashMap::new());
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                let import = import?;
                if is_ours(&import) {
                    let number = short.0.len().to_string();
                    short.0.insert(import.name.to_owned(), number);
                }
            }
        }
    }

    let mut count = 0;
    let keys = Regex::new(r"\b(__wb\w+):").expect("a valid expression");
    let js = keys.replace_all(js, |key: &Captures<'_>| match short.0.get(&key[1]) {
        Some(number) => {
            count += 1;
            format!("{number}:")
        }
        None => key[0].to_owned(),
    });
    ensure!(
        count == short.0.len(),
        "wasm-bindgen has begun to write its imports in another way: {count} of {} were found",
        short.0.len()
    );

    let mut renamed = Module::new();
    short
        .parse_core_module(&mut renamed, Parser::new(0), module)
        .map_err(|error| anyhow!("the WASM could not be written anew: {error}"))?;
    Ok((js.into_owned(), renamed.finish()))
}

/// What imports are called in short.
struct Short(HashMap<String, String>);

fn is_ours(import: &Import<'_>) -> bool {
    import.module.strip_prefix("./") == Some(&format!("{MAIN}_bg.js"))
}

impl Reencode for Short {
    type Error = std::convert::Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        for import in section.into_imports() {
            let import = import?;
            let number = self.0.get(import.name).filter(|_| is_ours(&import));
            let name = number.map_or(import.name, String::as_str).to_owned();
            imports.import(import.module, &name, self.entity_type(import.ty)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;
    use wasm_encoder::{EntityType, ImportSection, Module, TypeSection};
    use wasmparser::{Parser, Payload};

    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        for (module, name) in [
            ("./teamflow_bg.js", "__wbg_focus_0123"),
            ("./lazy.js", "__wbg_focus_0123"),
            ("./teamflow_bg.js", "__wbg_blur_4567"),
        ] {
            imports.import(module, name, EntityType::Function(0));
        }
        let mut module = Module::new();
        module.section(&types).section(&imports);
        module.finish()
    }

    #[test]
    fn both_files_call_an_import_by_the_same_number() {
        let js =
            "{ __wbg_blur_4567: function(a) { a.blur(); }, __wbg_focus_0123: f, __wbg_get: g }";
        let (js, module) = shortened(js, &module()).unwrap();
        assert_eq!(js, "{ 1: function(a) { a.blur(); }, 0: f, __wbg_get: g }");
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(&module) {
            if let Payload::ImportSection(imports) = payload.unwrap() {
                let imports = imports.into_imports().map(Result::unwrap);
                names.extend(imports.map(|import| import.name.to_owned()));
            }
        }
        assert_eq!(names, ["0", "__wbg_focus_0123", "1"]);
    }

    #[test]
    fn an_import_that_the_javascript_does_not_have_is_told() {
        let error = shortened("{ __wbg_blur_4567: f }", &module()).unwrap_err();
        assert!(error.to_string().contains("1 of 2"), "{error}");
    }
}
