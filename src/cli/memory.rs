//! How much memory there is, for the default of `--max-bytes`.

use std::fs;

/// The memory of this machine in bytes, or of the container if that has less; `None` where the system is not Linux or does not say.
pub fn of_this_machine() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    machine.into_iter().chain(container).min()
}

/// `MemTotal` of `/proc/meminfo`.
fn total(meminfo: &str) -> Option<u64> {
    let kilobytes = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix("kB")?;
    kilobytes.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_and_nothing_else() {
        assert_eq!(total("MemTotal:       24666364 kB\nMemFree:        21 kB\n"), Some(24_666_364 * 1024));
        for other in ["", "MemFree: 1 kB", "MemTotal: many kB", "MemTotal: 1", "MemTotal: 18446744073709551615 kB"] {
            assert_eq!(total(other), None, "{other}");
        }
    }
}
