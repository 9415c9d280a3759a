//! Rows as bytes, for a file that only this run reads: numbers of seven bits a byte, dates as steps from one to the next.
//!
//! A list of names is written as its number, which the caller gives and knows how to take back.

use std::sync::Arc;

use super::{Record, Rows};
use crate::model::{Accessed, Instant, ServiceRow, Symbol};

/// Appends `rows` to `out`; `number` numbers their lists.
pub fn write(rows: &Rows, out: &mut Vec<u8>, mut number: impl FnMut(&Arc<[Symbol]>) -> u32) {
    let mut out = Writer { out, date: 0 };
    out.number(rows.services.len() as u64);
    for (service, list) in rows.services.iter().zip(&rows.lists) {
        out.symbol(service.namespace);
        out.symbol(service.name);
        out.accessed(service.accessed);
        out.symbol(service.by);
        out.symbol(service.region);
        out.number(service.entities.map_or(0, |n| u64::from(n) + 1));
        out.number(service.lists_actions.into());
        out.number(list.as_ref().map_or(0, |list| u64::from(number(list)) + 1));
    }
    out.number(rows.records.len() as u64);
    let mut before = 0;
    for record in &rows.records {
        out.number((record.at - before).into());
        before = record.at;
        out.symbol(record.by);
        out.symbol(record.region);
        out.accessed(record.accessed);
    }
}

/// Reads what [`write`] wrote; `list` gives the list of a number. `None` where it is something else.
pub fn read(bytes: &[u8], mut list: impl FnMut(u32) -> Option<Arc<[Symbol]>>) -> Option<Rows> {
    let mut bytes = Reader { bytes: bytes.iter(), date: 0 };
    let mut rows = Rows::default();
    let services = usize::try_from(bytes.number()?).ok()?;
    // Whatever the bytes say, they say no more rows than they are.
    let services_at_most = services.min(bytes.bytes.len());
    rows.services.reserve_exact(services_at_most);
    rows.lists.reserve_exact(services_at_most);
    rows.ends.reserve_exact(services_at_most);
    let mut end = 0;
    for _ in 0..services {
        rows.services.push(ServiceRow {
            namespace: bytes.symbol()?,
            name: bytes.symbol()?,
            accessed: bytes.accessed()?,
            by: bytes.symbol()?,
            region: bytes.symbol()?,
            entities: match bytes.number()? {
                0 => None,
                more => Some(u32::try_from(more - 1).ok()?),
            },
            lists_actions: bytes.number()? == 1,
        });
        let list = match bytes.number()? {
            0 => None,
            more => Some(list(u32::try_from(more - 1).ok()?)?),
        };
        end += super::index(list.as_ref().map_or(0, |list| list.len()));
        rows.lists.push(list);
        rows.ends.push(end);
    }
    let records = usize::try_from(bytes.number()?).ok()?;
    rows.records.reserve_exact(records.min(bytes.bytes.len()));
    let mut at = 0;
    for _ in 0..records {
        at += u32::try_from(bytes.number()?).ok()?;
        let (by, region, accessed) = (bytes.symbol()?, bytes.symbol()?, bytes.accessed()?);
        rows.records.push(Record { at, by, region, accessed });
    }
    (bytes.bytes.len() == 0 && at <= end).then_some(rows)
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// The last date written, in milliseconds.
    date: i64,
}

impl Writer<'_> {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }

    fn symbol(&mut self, symbol: Symbol) {
        self.number(symbol.index().map_or(0, |index| u64::from(index) + 1));
    }

    fn accessed(&mut self, accessed: Accessed) {
        match accessed {
            Accessed::Never => self.number(0),
            Accessed::Unreadable => self.number(1),
            Accessed::At(at) => {
                self.number(2);
                let step = at.millis().wrapping_sub(self.date);
                self.date = at.millis();
                // The sign in the lowest bit, so that small steps are short either way.
                self.number(((step << 1) ^ (step >> 63)).cast_unsigned());
            }
        }
    }
}

struct Reader<'b> {
    bytes: std::slice::Iter<'b, u8>,
    date: i64,
}

impl Reader<'_> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.next()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn symbol(&mut self) -> Option<Symbol> {
        match self.number()? {
            0 => Some(Symbol::NONE),
            more => u32::try_from(more - 1).ok().map(Symbol::at),
        }
    }

    fn accessed(&mut self) -> Option<Accessed> {
        Some(match self.number()? {
            0 => Accessed::Never,
            1 => Accessed::Unreadable,
            2 => {
                let step = self.number()?;
                self.date = self.date.wrapping_add((step >> 1).cast_signed() ^ -(step & 1).cast_signed());
                Accessed::At(Instant::from_millis(self.date))
            }
            _ => return None,
        })
    }
}
