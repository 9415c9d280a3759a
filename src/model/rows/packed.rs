//! Rows as bytes: numbers of seven bits a byte, dates as steps from one to the next.
//!
//! Names and lists of names are written as numbers; the caller gives the numbers and can turn them back.

use std::sync::Arc;

use super::{End, Record, Rows};
use crate::model::codec::{Damaged, Reader, Writer};
use crate::model::{Accessed, Instant, ServiceRow, Symbol};

/// `rows` as bytes; `name` numbers their names, `number` their lists.
pub fn write(rows: &Rows, name: impl FnMut(Symbol) -> u32, mut number: impl FnMut(&Arc<[Symbol]>) -> u32) -> Vec<u8> {
    let mut packer = Packer { out: Writer(Vec::with_capacity(rows.bytes() / 3)), date: 0, name };
    packer.out.count(rows.services.len());
    // First of all, so that they can be read without the rest.
    for service in &rows.services {
        packer.symbol(service.namespace);
    }
    for (service, list) in rows.services.iter().zip(&rows.lists) {
        packer.symbol(service.name);
        packer.accessed(service.accessed);
        packer.symbol(service.by);
        packer.symbol(service.region);
        packer.out.number(service.entities.map_or(0, |n| u64::from(n) + 1));
        packer.out.number(service.lists_actions.into());
        packer.out.number(list.as_ref().map_or(0, |list| u64::from(number(list)) + 1));
    }
    packer.out.count(rows.records.len());
    let mut before = 0;
    for record in &rows.records {
        packer.out.number((record.at - before).into());
        before = record.at;
        packer.symbol(record.by);
        packer.symbol(record.region);
        packer.accessed(record.accessed);
    }
    packer.out.0
}

/// The namespaces of the services that `bytes` hold.
///
/// # Errors
/// Where the bytes are something else.
pub fn namespaces(bytes: &[u8], name: impl Fn(u32) -> Option<Symbol>) -> Result<Vec<Symbol>, Damaged> {
    let mut unpacker = Unpacker { bytes: Reader::new(bytes), date: 0, name };
    let services = unpacker.bytes.count()?;
    (0..services).map(|_| unpacker.symbol()).collect()
}

/// Reads what [`write()`] wrote; `name` gives the name of a number, `list` the list.
///
/// # Errors
/// If the bytes are something else.
pub fn read(
    bytes: &[u8],
    name: impl Fn(u32) -> Option<Symbol>,
    mut list: impl FnMut(u32) -> Option<Arc<[Symbol]>>,
) -> Result<Rows, Damaged> {
    let mut unpacker = Unpacker { bytes: Reader::new(bytes), date: 0, name };
    let mut rows = Rows::default();
    let services = unpacker.bytes.count()?;
    rows.services.reserve_exact(services);
    rows.lists.reserve_exact(services);
    rows.ends.reserve_exact(services);
    for _ in 0..services {
        rows.services.push(ServiceRow { namespace: unpacker.symbol()?, ..ServiceRow::UNRECORDED });
    }
    let mut end = 0;
    for service in &mut rows.services {
        service.name = unpacker.symbol()?;
        service.accessed = unpacker.accessed()?;
        service.by = unpacker.symbol()?;
        service.region = unpacker.symbol()?;
        service.entities = match unpacker.bytes.number()? {
            0 => None,
            more => Some(short(more - 1)?),
        };
        service.lists_actions = unpacker.bytes.number()? == 1;
        let list = match unpacker.bytes.number()? {
            0 => None,
            more => Some(list(short(more - 1)?).ok_or(Damaged)?),
        };
        end += super::index(list.as_ref().map_or(0, |list| list.len()));
        rows.lists.push(list);
        rows.ends.push(End { action: end, record: 0 });
    }
    let records = unpacker.bytes.count()?;
    rows.records.reserve_exact(records);
    let mut at = 0;
    for _ in 0..records {
        at += short(unpacker.bytes.number()?)?;
        let (by, region, accessed) = (unpacker.symbol()?, unpacker.symbol()?, unpacker.accessed()?);
        rows.records.push(Record { at, by, region, accessed });
    }
    let mut owned = 0;
    for end in &mut rows.ends {
        owned += rows.records[owned..].iter().take_while(|record| record.at < end.action).count();
        end.record = super::index(owned);
    }
    if unpacker.bytes.is_at_end() && owned == records { Ok(rows) } else { Err(Damaged) }
}

fn short(number: u64) -> Result<u32, Damaged> {
    u32::try_from(number).map_err(|_| Damaged)
}

struct Packer<N> {
    out: Writer,
    /// The last date written, in milliseconds.
    date: i64,
    name: N,
}

impl<N: FnMut(Symbol) -> u32> Packer<N> {
    fn symbol(&mut self, symbol: Symbol) {
        let number = if symbol == Symbol::NONE { 0 } else { u64::from((self.name)(symbol)) + 1 };
        self.out.number(number);
    }

    fn accessed(&mut self, accessed: Accessed) {
        match accessed {
            Accessed::Never => self.out.number(0),
            Accessed::Unreadable => self.out.number(1),
            Accessed::At(at) => {
                self.out.number(2);
                self.out.signed(at.millis().wrapping_sub(self.date));
                self.date = at.millis();
            }
        }
    }
}

struct Unpacker<'b, N> {
    bytes: Reader<'b>,
    date: i64,
    name: N,
}

impl<N: Fn(u32) -> Option<Symbol>> Unpacker<'_, N> {
    fn symbol(&mut self) -> Result<Symbol, Damaged> {
        match self.bytes.number()? {
            0 => Ok(Symbol::NONE),
            more => (self.name)(short(more - 1)?).ok_or(Damaged),
        }
    }

    fn accessed(&mut self) -> Result<Accessed, Damaged> {
        Ok(match self.bytes.number()? {
            0 => Accessed::Never,
            1 => Accessed::Unreadable,
            2 => {
                self.date = self.date.wrapping_add(self.bytes.signed()?);
                Accessed::At(Instant::from_millis(self.date))
            }
            _ => return Err(Damaged),
        })
    }
}
