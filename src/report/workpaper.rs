//! What an audit says in addition to its tables: who made it, on which evidence, how complete it is, and what to look
//! at first.

use super::Section;

/// What the person who makes an audit says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Engagement {
    /// The name of the audit, and of the client or the system that it is about.
    pub title: Option<String>,
    /// The number of the workpaper, and the control that is tested: free text.
    pub reference: Option<String>,
    /// Who made it.
    pub prepared_by: Option<String>,
    /// Which rows somebody is to check by hand.
    pub sample: Option<SampleAsked>,
}

/// How a sample is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleAsked {
    /// At most so many rows of each stratum.
    pub rows: usize,
    /// What decides which.
    pub seed: u64,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Workpaper {
    /// What its maker says.
    pub engagement: Engagement,
    /// SHA-256 of the list of inputs: of the lines that `sha256sum` prints for them in the folder that was named, in the order of the manifest.
    pub inputs_sha256: String,
    /// How many files are on that list.
    pub files: usize,
    /// How many entities of each kind there are, in the plural: `("roles", 9)`.
    pub kinds: Vec<(&'static str, usize)>,
    /// Entities with a usable dump of which nothing tells the kind.
    pub of_no_kind: i64,
    /// Whether there is a dump for each entity that there is.
    pub completeness: Completeness,
    /// The entities to look at first, and the most dangerous permissions: sections of `overview`.
    pub first: Vec<Section>,
}

/// Whether every entity was tested: the entities that saved inventories of accounts name, compared with the dumps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completeness {
    /// The inventories that were used: the operation, and the account where it is known.
    pub inventories: Vec<String>,
    /// How many there are of accounts or of a time that nobody asks about.
    pub inventories_left_out: usize,
    /// Of each kind that they name: how many entities, and how many of these have a dump.
    pub kinds: Vec<Counted>,
    /// Entities that they name and that have no dump: `role/deploy of 111122223333`.
    pub missing: Vec<String>,
    /// Entities with a dump that no inventory of their account names.
    pub not_named: Vec<String>,
    /// Kinds of entities of which no inventory of their account was saved: `users, groups and policies of 111122223333`.
    pub untested: Vec<String>,
    /// Accounts that have dumps, and no inventory.
    pub without_inventory: Vec<String>,
    /// Inventories from an earlier day than the newest dump: entities that were created since are not in them.
    pub older: Vec<String>,
    /// Inventories without a date.
    pub undated: Vec<String>,
    /// Inventories of which a page is missing.
    pub cut: Vec<String>,
    /// Accounts of the organization that no usable dump is of: `510000000004 (Sandbox)`.
    pub accounts_without_dump: Vec<String>,
}

/// What the remark on decisions that somebody has to look at begins with. The page looks for it too.
pub const ATTENTION: &str = "Rows of decisions that need attention";

/// Entities of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// In the plural: `roles`.
    pub kind: &'static str,
    /// How many an inventory names.
    pub named: usize,
    /// How many of these have a dump.
    pub dumped: usize,
}
