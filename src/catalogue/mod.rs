//! Public facts about AWS that no dump holds: since when actions are tracked, since when AWS records in a partition or
//! a region, and the names of services and actions.
//!
//! The input is five small CSV files, compiled in; a file of the same name in a folder of the user (`--catalogue DIR`)
//! replaces each. The output is lookups that borrow. This is a module of its own because these facts age while the code
//! does not: AWS adds services every month, and nobody should have to rebuild the program for that. AWS's own flag for
//! whether an action is tracked is in no package that can be compiled in; [`ServiceReference`] reads it from AWS's
//! files.

mod csv_table;
mod dependents;
mod risk;
mod service_reference;
mod tables;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use crate::model::Instant;
use crate::model::policy::Universe;
use csv_table::CsvTable;
pub use dependents::dependents;
pub use risk::{EscalationPath, PathReach, escalation_paths, risk_actions};
pub use service_reference::{ReferenceError, ServiceReference};

/// The files that a folder given to [`Catalogue::from_dir`] may hold.
const ACTION_TRACKING: &str = "action_tracking.csv";
const ACTIONS: &str = "actions.csv";
const PARTITIONS: &str = "partitions.csv";
const REGIONS: &str = "regions.csv";
const SERVICES: &str = "services.csv";
const FILE_NAMES: [&str; 5] = [ACTION_TRACKING, ACTIONS, PARTITIONS, REGIONS, SERVICES];

const BUILTIN_ACTIONS: &str = include_str!("data/actions.csv");

/// The day, as YYYY-MM-DD, of the list of services and actions compiled in. `tools/refresh-catalogue` writes it.
pub const DATE: &str = include_str!("data/date.txt").trim_ascii();

/// Why a folder of replacements was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The operating system refused.
    #[error("cannot read the catalogue {}: {reason}", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// The message of the operating system.
        reason: std::io::Error,
    },
    /// None of the five files is there: most likely the wrong folder.
    #[error("the catalogue folder {} holds none of action_tracking.csv, actions.csv, partitions.csv, regions.csv, services.csv", path.display())]
    NothingThere {
        /// The folder.
        path: PathBuf,
    },
    /// A `.csv` with a name other than the five.
    #[error("{} is not a catalogue file; these are called action_tracking.csv, actions.csv, partitions.csv, regions.csv, services.csv", path.display())]
    Stray {
        /// The file.
        path: PathBuf,
    },
    /// A file has a line that cannot be right.
    #[error("the catalogue file {file}, line {line}: {what}")]
    Line {
        /// The file as the user would name it.
        file: String,
        /// From 1, the header included.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

/// Actions of which the IAM User Guide says that IAM does not record them, in lower case: "The iam:PassRole action is not tracked and is not included
/// in IAM service last accessed information". A dump may list it all the same.
const NEVER_TRACKED: [(&str, &str); 1] = [("iam", "passrole")];

/// Access levels by namespace, then action name.
type ActionLevels = FxHashMap<String, FxHashMap<String, &'static str>>;

/// The facts, parsed.
#[derive(Debug)]
pub struct Catalogue {
    tracking: FxHashMap<String, Instant>,
    tracking_of_others: Instant,
    /// Start and its source by partition, sorted.
    partitions: Vec<(String, Instant, String)>,
    regions: FxHashMap<String, Instant>,
    services: Vec<(String, String)>,
    /// Twenty thousand rows that few reports need: the compiled-in ones are parsed at their first use.
    actions: OnceLock<ActionLevels>,
    /// The same actions in one order, made when they are first asked for.
    universe: OnceLock<Arc<Universe>>,
    reference: Option<ServiceReference>,
}

impl Catalogue {
    /// The facts compiled into this program.
    ///
    /// # Panics
    /// Never in a program that passed its tests: they parse every compiled-in row.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Catalogue> =
            LazyLock::new(|| Catalogue::parse(None).expect("the compiled-in catalogue is well-formed"));
        &BUILTIN
    }

    /// The compiled-in facts, except for the tables that `dir` has a file for: `action_tracking.csv`, `actions.csv`,
    /// `partitions.csv`, `regions.csv`, `services.csv`. A file replaces the whole table; nothing is merged.
    ///
    /// # Errors
    /// If the folder or a file cannot be read, if the folder holds none of the five or another `.csv` (a misspelled
    /// name must not be silently ignored), and if a file has a line that cannot be right.
    pub fn from_dir(dir: &Path) -> Result<Self, CatalogueError> {
        check_names(dir)?;
        Self::parse(Some(dir))
    }

    /// The same facts, with those of AWS's own files on top: their access levels take precedence, and only they know
    /// what is tracked.
    #[must_use]
    pub fn with_service_reference(mut self, reference: ServiceReference) -> Self {
        let mut actions = self.actions().clone();
        for (namespace, action, level) in reference.access_levels() {
            actions.entry(namespace.to_owned()).or_default().insert(action.to_owned(), level);
        }
        self.actions = actions.into();
        self.universe = OnceLock::new();
        self.reference = Some(reference);
        self
    }

    /// Whether IAM records the last access of the action, according to AWS's service reference; `None` if there is
    /// none, or it does not tell. `iam:PassRole` is untracked without it, too. Names compare without case.
    #[must_use]
    pub fn is_tracked(&self, namespace: &str, action: &str) -> Option<bool> {
        let is_it = |(of, name): &(&str, &str)| of.eq_ignore_ascii_case(namespace) && name.eq_ignore_ascii_case(action);
        let told = self.reference.as_ref().and_then(|reference| reference.is_tracked(namespace, action));
        told.or_else(|| NEVER_TRACKED.iter().any(is_it).then_some(false))
    }

    /// Whether, according to AWS's service reference, IAM records the last access of any action of the service.
    #[must_use]
    pub fn tracks_any(&self, namespace: &str) -> bool {
        self.reference.as_ref().is_some_and(|reference| reference.tracks_any(namespace))
    }

    /// Every action that [`is_tracked`](Self::is_tracked) calls untracked, as `(namespace, action)` in lower case, in no order.
    pub fn untracked(&self) -> impl Iterator<Item = (&str, &str)> {
        let never =
            NEVER_TRACKED.into_iter().filter(|(namespace, action)| self.is_tracked(namespace, action) == Some(false));
        never.chain(self.reference.iter().flat_map(ServiceReference::untracked))
    }

    /// Whether a service reference was given.
    #[must_use]
    pub const fn has_service_reference(&self) -> bool {
        self.reference.is_some()
    }

    /// The compiled-in facts as an owned value, for [`with_service_reference`](Self::with_service_reference).
    ///
    /// # Errors
    /// Never in a program that passed its tests: they parse every compiled-in row.
    pub fn owned() -> Result<Self, CatalogueError> {
        Self::parse(None)
    }

    fn parse(dir: Option<&Path>) -> Result<Self, CatalogueError> {
        let (tracking, tracking_of_others) =
            tables::tracking(&CsvTable::load(dir, ACTION_TRACKING, include_str!("data/action_tracking.csv"))?)?;
        let partitions = tables::partitions(&CsvTable::load(dir, PARTITIONS, include_str!("data/partitions.csv"))?)?;
        let regions = tables::regions(&CsvTable::load(dir, REGIONS, include_str!("data/regions.csv"))?)?;
        let services = tables::services(&CsvTable::load(dir, SERVICES, include_str!("data/services.csv"))?)?;
        let actions = CsvTable::load(dir, ACTIONS, BUILTIN_ACTIONS)?;
        // The user's table is checked before the work starts, not in the middle of a report.
        let actions = if actions.is_builtin() { OnceLock::new() } else { tables::actions(&actions)?.into() };
        Ok(Self {
            tracking,
            tracking_of_others,
            partitions,
            regions,
            services,
            actions,
            universe: OnceLock::new(),
            reference: None,
        })
    }

    /// When AWS began to record actions of the service `namespace`: from its own row, otherwise from the row of all
    /// others (`*`).
    #[must_use]
    pub fn action_tracking_start(&self, namespace: &str) -> Instant {
        self.tracking.get(namespace).copied().unwrap_or(self.tracking_of_others)
    }

    /// When AWS began to record accesses in `region`; `None` if the region is not known.
    #[must_use]
    pub fn region_start(&self, region: &str) -> Option<Instant> {
        self.regions.get(region).copied()
    }

    /// When AWS began to record accesses in `partition` (`aws`, `aws-us-gov`, …); `None` if no source gives a date, as
    /// for `aws-cn`: then no silence proves anything.
    #[must_use]
    pub fn partition_start(&self, partition: &str) -> Option<Instant> {
        self.partition(partition).map(|&(_, start, _)| start)
    }

    /// The source of the date of [`partition_start`](Self::partition_start), in words.
    #[must_use]
    pub fn partition_source(&self, partition: &str) -> Option<&str> {
        self.partition(partition).map(|(_, _, source)| source.as_str())
    }

    fn partition(&self, name: &str) -> Option<&(String, Instant, String)> {
        self.partitions.iter().find(|(known, ..)| known == name)
    }

    /// The services with actions that have a start date of their own, as `(namespace, start)`, in no order.
    pub fn action_tracking(&self) -> impl Iterator<Item = (&str, Instant)> {
        self.tracking.iter().map(|(namespace, &start)| (namespace.as_str(), start))
    }

    /// The partitions of known start, as `(partition, start)`, sorted.
    pub fn partition_starts(&self) -> impl Iterator<Item = (&str, Instant)> {
        self.partitions.iter().map(|(partition, start, _)| (partition.as_str(), *start))
    }

    /// Every known service as `(namespace, name)`, sorted by namespace.
    #[must_use]
    pub fn namespaces(&self) -> &[(String, String)] {
        &self.services
    }

    /// The current name of the service, for display.
    #[must_use]
    pub fn service_name(&self, namespace: &str) -> Option<&str> {
        let at = self.services.binary_search_by(|(known, _)| known.as_str().cmp(namespace)).ok()?;
        Some(&self.services[at].1)
    }

    /// `List`, `Read`, `Write`, `Tagging` or `Permissions management`; `None` if the action is not known.
    #[must_use]
    pub fn access_level(&self, namespace: &str, action: &str) -> Option<&str> {
        self.actions().get(namespace)?.get(action).copied()
    }

    /// Every known action as `(namespace, action, access level)`, in no order.
    pub fn access_levels(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.actions().iter().flat_map(|(namespace, actions)| {
            actions.iter().map(move |(action, level)| (namespace.as_str(), action.as_str(), *level))
        })
    }

    /// Every known action as `(namespace, action)`, in no order.
    pub fn known_actions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.access_levels().map(|(namespace, action, _)| (namespace, action))
    }

    /// Every known action in one order. The first call takes 15 ms.
    pub fn universe(&self) -> &Arc<Universe> {
        self.universe.get_or_init(|| Arc::new(Universe::new(self.known_actions(), [])))
    }

    fn actions(&self) -> &ActionLevels {
        self.actions.get_or_init(|| {
            tables::actions(&CsvTable::builtin(ACTIONS, BUILTIN_ACTIONS))
                .expect("the compiled-in catalogue is well-formed")
        })
    }
}

/// Refuses a folder that is probably not what the user meant.
fn check_names(dir: &Path) -> Result<(), CatalogueError> {
    let unreadable = |reason| CatalogueError::Unreadable { path: dir.into(), reason };
    let mut found = false;
    for entry in dir.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let ours = FILE_NAMES.iter().any(|&name| path.file_name().is_some_and(|file| file == name));
        if !ours && path.extension().is_some_and(|extension| extension == "csv") {
            return Err(CatalogueError::Stray { path });
        }
        found |= ours;
    }
    if found { Ok(()) } else { Err(CatalogueError::NothingThere { path: dir.into() }) }
}

#[cfg(test)]
mod tests;
