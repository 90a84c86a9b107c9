//! IndexedDB, as far as it is used here: texts under keys, in transactions that say how durable they are.

use idb::{Database, DatabaseEvent as _, Factory, KeyRange, ObjectStore, ObjectStoreParams};
use js_sys::{Array, Function, Object, Reflect};
use std::fmt;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbTransaction};

/// Why something could not be stored or read: no room, forbidden, or gone while in use.
#[derive(Debug)]
pub(super) struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<idb::Error> for Failed {
    fn from(error: idb::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failed {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

impl Failed {
    /// Something that must be there is not.
    pub(super) fn gone(what: &str) -> Self {
        Self(format!("{what} is gone"))
    }

    fn thrown(error: &JsValue) -> Self {
        Self(format!("{error:?}"))
    }
}

/// How sure a commit is. Strict survives a loss of power, and takes as long as the disk takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Durability {
    Strict,
    Relaxed,
}

/// An open database. Another version of the application may ask for it to be closed: then it is, and every use fails.
pub(super) struct Db(IdbDatabase);

impl Db {
    /// Opens a database with these stores, and makes what is missing. A version is one higher whenever a store was added.
    pub(super) async fn open(
        name: &str,
        version: u32,
        stores: &'static [&'static str],
    ) -> Result<Self, Failed> {
        let mut request = Factory::new()?.open(name, Some(version))?;
        request.on_upgrade_needed(move |event| {
            if let Ok(database) = event.database() {
                for store in stores {
                    // What exists already is refused, and stays.
                    let _exists = database.create_object_store(store, ObjectStoreParams::new());
                }
            }
        });
        let mut database: Database = request.await?;
        database.on_version_change(|event| {
            if let Ok(database) = event.database() {
                database.close();
            }
        });
        database.forget_callbacks();
        Ok(Self(database.into()))
    }

    /// Begins to write.
    pub(super) fn write(&self, stores: &[&str], durability: Durability) -> Result<Tx, Failed> {
        let durability = match durability {
            Durability::Strict => "strict",
            Durability::Relaxed => "relaxed",
        };
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        // By name, because the binding that takes options needs a flag for the whole build.
        let begun = (|| {
            let options = Object::new();
            Reflect::set(&options, &"durability".into(), &durability.into())?;
            let begin = Reflect::get(&self.0, &"transaction".into())?;
            let begin: Function = begin.dyn_into()?;
            begin.call3(&self.0, &names, &"readwrite".into(), &options)
        })();
        let tx: IdbTransaction = begun
            .and_then(JsCast::dyn_into)
            .map_err(|error| Failed::thrown(&error))?;
        Ok(Tx(tx.into()))
    }

    /// Begins to read.
    pub(super) fn read(&self, stores: &[&str]) -> Result<Tx, Failed> {
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let tx = self.0.transaction_with_str_sequence(&names);
        Ok(Tx(tx.map_err(|error| Failed::thrown(&error))?.into()))
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Deletes a database, once nobody has it open any more.
pub(super) async fn delete(name: &str) -> Result<(), Failed> {
    Factory::new()?.delete(name)?.await?;
    Ok(())
}

/// A transaction. While it lasts, nothing else may be awaited than itself and what it reads: it would end.
pub(super) struct Tx(idb::Transaction);

impl Tx {
    /// One text.
    pub(super) async fn get(&self, store: &str, key: &str) -> Result<Option<String>, Failed> {
        let found = self.store(store)?.get(JsValue::from_str(key))?.await?;
        Ok(found.and_then(|value| value.as_string()))
    }

    /// Every key that begins like this, and its text, in key order.
    pub(super) async fn list(
        &self,
        store: &str,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, Failed> {
        let store = self.store(store)?;
        let range = || -> Result<Option<idb::Query>, Failed> { Ok(Some(below(prefix)?.into())) };
        // Both are asked for before either is awaited: one way to the database and back.
        let (keys, values) = (
            store.get_all_keys(range()?, None)?,
            store.get_all(range()?, None)?,
        );
        let keys = keys.await?;
        let values = values.await?;
        let pairs = keys.into_iter().zip(values);
        Ok(pairs
            .filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?)))
            .collect())
    }

    /// How many keys there are.
    pub(super) async fn count(&self, store: &str) -> Result<usize, Failed> {
        Ok(self.store(store)?.count(None)?.await? as usize)
    }

    /// Puts a text in, in the place of another.
    pub(super) fn put(&self, store: &str, key: &str, text: &str) -> Result<(), Failed> {
        let key = JsValue::from_str(key);
        self.store(store)?
            .put(&JsValue::from_str(text), Some(&key))?;
        Ok(())
    }

    /// Takes a text out.
    pub(super) fn delete(&self, store: &str, key: &str) -> Result<(), Failed> {
        self.store(store)?.delete(JsValue::from_str(key))?;
        Ok(())
    }

    /// Takes every text out whose key begins like this.
    pub(super) fn clear(&self, store: &str, prefix: &str) -> Result<(), Failed> {
        self.store(store)?.delete(below(prefix)?)?;
        Ok(())
    }

    /// Ends it; answers once it is as durable as was asked for.
    pub(super) async fn commit(self) -> Result<(), Failed> {
        if self.0.await?.is_committed() {
            Ok(())
        } else {
            Err(Failed("the browser gave the transaction up".into()))
        }
    }

    fn store(&self, name: &str) -> Result<ObjectStore, Failed> {
        Ok(self.0.object_store(name)?)
    }
}

/// The keys that begin with a text.
fn below(prefix: &str) -> Result<KeyRange, Failed> {
    let last = format!("{prefix}\u{ffff}");
    let (from, to) = (JsValue::from_str(prefix), JsValue::from_str(&last));
    Ok(KeyRange::bound(&from, &to, None, None)?)
}
