//! The rows of answers as columns of bytes.
//!
//! Each column of all answers of a block stands by itself, for columns compress better than rows. What is not recorded takes no
//! space beyond its service: an action that was never used is a place in a list that most answers share.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::codec::{Damaged, Reader, Writer, unzigzag, zigzag};
use crate::model::{Accessed, Instant, Rows, ServiceRow, Symbol};

/// The columns, in the order in which they are written.
#[derive(Debug, Default)]
struct Columns {
    /// For each answer, how many services.
    answers: Writer,
    namespace: Writer,
    name: Writer,
    accessed: Writer,
    by: Writer,
    region: Writer,
    entities: Writer,
    /// 0 where no list is there, 1 where it is and empty, else its number and 2.
    list: Writer,
    /// For each service, how many of its actions are recorded.
    recorded: Writer,
    /// For each recorded action, how many places after the one before it.
    place: Writer,
    action_accessed: Writer,
    action_by: Writer,
    action_region: Writer,
}

impl Columns {
    fn each(&self) -> [&Writer; 13] {
        [
            &self.answers,
            &self.namespace,
            &self.name,
            &self.accessed,
            &self.by,
            &self.region,
            &self.entities,
            &self.list,
            &self.recorded,
            &self.place,
            &self.action_accessed,
            &self.action_by,
            &self.action_region,
        ]
    }
}

/// Collects rows.
#[derive(Default)]
pub struct RowsWriter {
    names: Vec<Symbol>,
    numbers: FxHashMap<Symbol, u64>,
    lists: Writer,
    known_lists: FxHashMap<Vec<Symbol>, u64>,
    columns: Columns,
}

impl RowsWriter {
    /// Adds the rows of the next answer, whose dates are counted from `base`.
    pub fn push(&mut self, rows: &Rows, base: i64) {
        self.columns.answers.count(rows.services().len());
        for (at, service) in rows.services().iter().enumerate() {
            let names = [service.namespace, service.name, service.by, service.region].map(|name| self.name(name));
            let list = self.list(rows.action_names_of(at), service.lists_actions);
            let columns = &mut self.columns;
            columns.namespace.number(names[0]);
            columns.name.number(names[1]);
            columns.accessed.number(spelt(service.accessed, base));
            columns.by.number(names[2]);
            columns.region.number(names[3]);
            columns.entities.number(service.entities.map_or(0, |n| u64::from(n) + 1));
            columns.list.number(list);
            let mut next = 0;
            let mut recorded = 0;
            for (place, action) in rows.recorded_actions_of(at) {
                let [by, region] = [action.by, action.region].map(|name| self.name(name));
                let columns = &mut self.columns;
                columns.place.count(place - next);
                columns.action_accessed.number(spelt(action.accessed, base));
                columns.action_by.number(by);
                columns.action_region.number(region);
                next = place + 1;
                recorded += 1;
            }
            self.columns.recorded.number(recorded);
        }
    }

    /// All that was added, with each name once, as `write_name` does.
    pub fn finish(self, mut write_name: impl FnMut(Symbol, &mut Writer)) -> Vec<u8> {
        let mut whole = Writer::default();
        whole.count(self.names.len());
        self.names.iter().for_each(|name| write_name(*name, &mut whole));
        whole.count(self.known_lists.len());
        whole.0.extend(self.lists.0);
        for column in self.columns.each() {
            whole.count(column.0.len());
        }
        for column in self.columns.each() {
            whole.0.extend(&column.0);
        }
        whole.0
    }

    /// 0 where nothing is recorded, else the number of the name and 1.
    fn name(&mut self, name: Symbol) -> u64 {
        if name == Symbol::NONE {
            return 0;
        }
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() as u64
        })
    }

    fn list(&mut self, names: &[Symbol], is_there: bool) -> u64 {
        // A list may be there without its flag in a table that has no place for flags: the lowest bit keeps it.
        let flag = u64::from(is_there);
        if names.is_empty() {
            return flag;
        }
        let number = if let Some(number) = self.known_lists.get(names) {
            *number
        } else {
            self.lists.count(names.len());
            let mut before = 0_i64;
            for name in names {
                let number = self.name(*name) as i64;
                self.lists.signed(number - before);
                before = number;
            }
            let number = self.known_lists.len() as u64 + 1;
            self.known_lists.insert(names.to_vec(), number);
            number
        };
        number << 1 | flag
    }
}

/// Reads what [`RowsWriter`] writes.
pub struct RowsReader<'b> {
    /// By number; the first is none.
    names: Vec<Symbol>,
    lists: Vec<Arc<[Symbol]>>,
    columns: [Reader<'b>; 13],
}

impl<'b> RowsReader<'b> {
    /// Reads the tables of names and lists; each name by `read_name`.
    pub fn new(
        bytes: &'b [u8],
        read_name: impl FnMut(&mut Reader<'b>) -> Result<Symbol, Damaged>,
    ) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes);
        let mut names = vec![Symbol::NONE];
        names.extend(reader.list(read_name)?);
        let lists = reader.list(|reader| {
            let mut number = 0_i64;
            let list = reader.list(|reader| {
                number = number.checked_add(reader.signed()?).ok_or(Damaged)?;
                let at = usize::try_from(number).map_err(|_| Damaged)?;
                names.get(at).copied().ok_or(Damaged)
            })?;
            Ok(Arc::from(list))
        })?;
        let mut lengths = [0; 13];
        for length in &mut lengths {
            *length = reader.size()?;
        }
        let mut columns = Vec::with_capacity(lengths.len());
        for length in lengths {
            columns.push(Reader::new(reader.bytes(length)?));
        }
        let columns = columns.try_into().map_err(|_| Damaged)?;
        if reader.is_at_end() { Ok(Self { names, lists, columns }) } else { Err(Damaged) }
    }

    /// Whether all rows have been read.
    pub fn is_at_end(&self) -> bool {
        self.columns.iter().all(Reader::is_at_end)
    }

    /// The rows of the next answer, whose dates are counted from `base`.
    pub fn next(&mut self, base: i64) -> Result<Rows, Damaged> {
        let Self { names, lists, columns } = self;
        let [answers, namespace, name, accessed, by, region, entities, list, recorded, actions @ ..] = columns;
        let symbol = |number: u64| names.get(number as usize).copied().ok_or(Damaged);
        let services = answers.number()?;
        let mut rows = Rows::default();
        let mut records = Vec::new();
        let mut total = 0_u64;
        for _ in 0..services {
            let coded = list.number()?;
            let list = match coded >> 1 {
                0 => None,
                number => Some(lists.get(number as usize - 1).ok_or(Damaged)?),
            };
            let length = list.map_or(0, |list| list.len() as u64);
            total += length;
            if total >= u64::from(u32::MAX) {
                return Err(Damaged);
            }
            let service = ServiceRow {
                namespace: symbol(namespace.number()?)?,
                name: symbol(name.number()?)?,
                accessed: read(accessed.number()?, base),
                by: symbol(by.number()?)?,
                region: symbol(region.number()?)?,
                entities: match entities.number()? {
                    0 => None,
                    n => Some(u32::try_from(n - 1).map_err(|_| Damaged)?),
                },
                lists_actions: coded & 1 == 1,
            };
            records.clear();
            let [place, accessed, by, region] = actions;
            let mut next = 0_u64;
            for _ in 0..recorded.number()? {
                let at = next.checked_add(place.number()?).filter(|at| *at < length).ok_or(Damaged)?;
                records.push((
                    at as u32,
                    read(accessed.number()?, base),
                    symbol(by.number()?)?,
                    symbol(region.number()?)?,
                ));
                next = at + 1;
            }
            rows.push_service_listed(service, list, records.drain(..));
        }
        Ok(rows)
    }
}

/// 0 never, 1 unreadable, else the distance from `base`: in whole seconds where it is one, which it nearly always is.
fn spelt(accessed: Accessed, base: i64) -> u64 {
    match accessed {
        Accessed::Never => 0,
        Accessed::Unreadable => 1,
        Accessed::At(at) => {
            let distance = base.wrapping_sub(at.millis());
            let (value, is_exact) =
                if distance % 1000 == 0 { (zigzag(distance / 1000), 0) } else { (zigzag(distance), 1) };
            // Dates are thousands of years from overflowing this.
            (value << 1 | is_exact).wrapping_add(2)
        }
    }
}

/// The way back from [`spelt`].
fn read(number: u64, base: i64) -> Accessed {
    match number {
        0 => Accessed::Never,
        1 => Accessed::Unreadable,
        n => {
            let (value, is_exact) = ((n - 2) >> 1, (n - 2) & 1);
            let distance = unzigzag(value);
            let distance = if is_exact == 1 { distance } else { distance.wrapping_mul(1000) };
            Accessed::At(Instant::from_millis(base.wrapping_sub(distance)))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{ActionRow, Symbols};

    /// Some thousand years on either side of 1970, in milliseconds.
    const LONG: i64 = 1 << 47;

    fn accessed() -> impl Strategy<Value = Accessed> {
        let at = |ms| Accessed::At(Instant::from_millis(ms));
        prop_oneof![
            Just(Accessed::Never),
            Just(Accessed::Unreadable),
            (-LONG..LONG).prop_map(at),
            (-LONG / 1000..LONG / 1000).prop_map(move |seconds| at(seconds * 1000)),
        ]
    }

    type Service = ((Accessed, Option<u32>, bool), Vec<(u8, Accessed, bool)>);

    fn service() -> impl Strategy<Value = Service> {
        let actions = prop::collection::vec((any::<u8>(), accessed(), any::<bool>()), 0..6);
        ((accessed(), any::<Option<u32>>(), any::<bool>()), actions)
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(answers in prop::collection::vec((prop::collection::vec(service(), 0..5), -LONG..LONG), 0..5)) {
            let symbols = Symbols::default();
            let name = |n: u8, is_there: bool| if is_there { symbols.intern(&format!("name-{n}")) } else { Symbol::NONE };
            let rows: Vec<(Rows, i64)> = answers.into_iter().map(|(services, base)| {
                let mut rows = Rows::default();
                for (number, ((accessed, entities, lists_actions), actions)) in services.into_iter().enumerate() {
                    for (n, accessed, by) in actions {
                        rows.push_action(ActionRow { name: name(n, true), accessed, by: name(1, by), region: name(2, !by) });
                    }
                    let namespace = name(number as u8, true);
                    rows.push_service(ServiceRow { namespace, name: Symbol::NONE, accessed, by: name(3, lists_actions), region: Symbol::NONE, entities, lists_actions });
                }
                (rows, base.div_euclid(1000) * 1000)
            }).collect();
            let mut writer = RowsWriter::default();
            for (rows, base) in &rows {
                writer.push(rows, *base);
            }
            let bytes = writer.finish(|name, out| out.text(&symbols.text(name).expect("a name")));
            let mut reader = RowsReader::new(&bytes, |reader| Ok(symbols.intern(reader.text()?))).expect("as written");
            for (rows, base) in &rows {
                prop_assert_eq!(&reader.next(*base).expect("as written"), rows);
            }
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn any_bytes_end_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let symbols = Symbols::default();
            if let Ok(mut reader) = RowsReader::new(&bytes, |reader| Ok(symbols.intern(reader.text()?))) {
                while !reader.is_at_end() && reader.next(0).is_ok() {}
            }
        }
    }
}
