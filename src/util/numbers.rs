//! Numbers in sentences.

/// `2,964,024`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        let shown = [0, 12, 123, 1234, 89_660, 1_000_000].map(thousands);
        assert_eq!(shown, ["0", "12", "123", "1,234", "89,660", "1,000,000"]);
    }
}
