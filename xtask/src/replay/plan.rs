//! Who asks for what: the same for every replay of a file, whatever the order of sending.

use anyhow::{Context, Result, bail};

/// How many members share the calls.
pub(super) const MEMBERS: usize = 40;

/// Each row of the file becomes one call of each.
pub(super) const OPERATIONS: [&str; 2] = ["ai_generate", "prospect_search"];

const HEADER: &str = "TIMESTAMP,ContextTokens,GeneratedTokens";
const SEED: u64 = 0x0A11_07ED;

/// One call of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) row: usize,
    /// Its place in [`OPERATIONS`].
    pub(super) operation: usize,
    pub(super) member: usize,
    pub(super) quantity: i64,
}

/// The tokens that each row of the file used.
pub(super) fn parse(text: &str) -> Result<Vec<i64>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default().trim();
    if header != HEADER {
        bail!("the first line is `{header}` instead of `{HEADER}`");
    }
    lines
        .enumerate()
        .map(|(index, line)| tokens(line).with_context(|| format!("line {}: `{line}`", index + 2)))
        .collect()
}

fn tokens(line: &str) -> Result<i64> {
    let mut fields = line.trim().split(',').skip(1);
    let mut next = || -> Result<i64> { Ok(fields.next().context("a field is missing")?.parse()?) };
    let (context, generated) = (next()?, next()?);
    Ok(context + generated)
}

/// The call at a place in the order of sending: both operations of a row, then the next row.
pub(super) fn call(tokens: &[i64], place: usize) -> Option<Call> {
    let (row, operation) = (place / OPERATIONS.len(), place % OPERATIONS.len());
    let quantity = if operation == 0 { *tokens.get(row)? } else { tokens.get(row).map(|_| 1)? };
    Some(Call { row, operation, member: member_of(row), quantity })
}

/// Ten members' credit limits: half of them get half of what they will ask for and run into their
/// limit, the others get twice as much and leave credits over.
pub(super) fn credit_limits(rows: usize) -> Vec<(usize, u64)> {
    (0..MEMBERS)
        .step_by(4)
        .enumerate()
        .map(|(index, member)| {
            let expected = rows as u64 * weight(member) / total_weight();
            let amount = if index % 2 == 0 { expected / 2 } else { expected * 2 };
            (member, amount.max(1))
        })
        .collect()
}

/// A few members ask often and many seldom: the nth one n times less often than the first.
fn member_of(row: usize) -> usize {
    let mut place = random(SEED ^ row as u64) % total_weight();
    for member in 0..MEMBERS {
        if place < weight(member) {
            return member;
        }
        place -= weight(member);
    }
    MEMBERS - 1
}

fn weight(member: usize) -> u64 {
    1_000_000 / (member as u64 + 1)
}

fn total_weight() -> u64 {
    (0..MEMBERS).map(weight).sum()
}

/// The output function of the generator `SplitMix64`.
fn random(seed: u64) -> u64 {
    let mut value = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_whatever_ends_their_lines() {
        let text = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.68,374,44\r\n\
                    2023-11-16 18:15:50.99,396,109\n";
        assert_eq!(parse(text).unwrap(), [418, 505]);
    }

    #[test]
    fn a_bad_row_is_named() {
        for row in ["now,1", "now,1,x", ""] {
            let error = parse(&format!("{HEADER}\nnow,1,2\n{row}\n")).unwrap_err();
            assert!(format!("{error:#}").starts_with("line 3"), "{error:#}");
        }
        assert!(parse("a,b,c\n").is_err());
    }

    #[test]
    fn every_row_is_one_call_of_each_operation() {
        let tokens = [418, 505];
        let calls: Vec<Call> = (0..).map_while(|place| call(&tokens, place)).collect();
        let seen: Vec<_> = calls.iter().map(|it| (it.row, it.operation, it.quantity)).collect();
        assert_eq!(seen, [(0, 0, 418), (0, 1, 1), (1, 0, 505), (1, 1, 1)]);
        assert_eq!(calls[0].member, calls[1].member);
    }

    #[test]
    fn few_members_are_heavy_and_none_is_idle() {
        let mut counts = [0_u32; MEMBERS];
        for row in 0..20_000 {
            counts[member_of(row)] += 1;
        }
        let top: u32 = counts[..4].iter().sum();
        assert!((9_000..11_000).contains(&top), "{counts:?}");
        assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
    }

    #[test]
    fn some_limits_are_hit_and_others_are_not() {
        let limits = credit_limits(20_000);
        assert_eq!(limits.len(), 10);
        let asked = |member| (0..20_000).filter(|row| member_of(*row) == member).count() as u64;
        let hit = limits.iter().filter(|(member, limit)| asked(*member) > *limit).count();
        assert_eq!(hit, 5);
    }
}
