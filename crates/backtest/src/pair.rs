//! Which opening of the one pack is which of the other.

use std::cmp::Ordering;

use springtide_core::time::Millis;

/// An opening of the old pack, of the new one, or one of each that belong together, by position.
pub(crate) type Pair = (Option<usize>, Option<usize>);

/// Pairs the openings of one account and play, both ascending, as SPEC 3.5 does for those before and after a late event:
/// those of one instant first, then each with the earliest one left whose cooldown overlaps.
///
/// Openings of one side are a cooldown apart, so the cooldowns of a side do not overlap each other: of two that overlap no
/// cooldown of the other's next one, the earlier has no partner at all. Walking both once therefore finds what looking
/// for the earliest does, and finds the same whichever side is called old.
pub(crate) fn pair(old: &[Millis], new: &[Millis], [old_ms, new_ms]: [Millis; 2]) -> Vec<Pair> {
    let (mut pairs, old_left, new_left) = of_one_instant(old, new);
    let (mut o, mut n) = (0, 0);
    loop {
        match (old_left.get(o), new_left.get(n)) {
            (None, None) => break,
            (Some(at), None) => {
                pairs.push((Some(*at), None));
                o += 1;
            }
            (None, Some(at)) => {
                pairs.push((None, Some(*at)));
                n += 1;
            }
            (Some(before), Some(after)) => {
                let (opened_old, opened_new) = (old[*before], new[*after]);
                let old_first = opened_old < opened_new;
                let cooldown = if old_first { old_ms } else { new_ms };
                if (opened_old - opened_new).abs() < cooldown {
                    pairs.push((Some(*before), Some(*after)));
                    (o, n) = (o + 1, n + 1);
                } else if old_first {
                    pairs.push((Some(*before), None));
                    o += 1;
                } else {
                    pairs.push((None, Some(*after)));
                    n += 1;
                }
            }
        }
    }
    pairs
}

/// The pairs of one instant, and what is left of both.
fn of_one_instant(old: &[Millis], new: &[Millis]) -> (Vec<Pair>, Vec<usize>, Vec<usize>) {
    let (mut pairs, mut old_left, mut new_left) = (Vec::new(), Vec::new(), Vec::new());
    let (mut o, mut n) = (0, 0);
    while let (Some(before), Some(after)) = (old.get(o), new.get(n)) {
        match before.cmp(after) {
            Ordering::Equal => {
                pairs.push((Some(o), Some(n)));
                (o, n) = (o + 1, n + 1);
            }
            Ordering::Less => {
                old_left.push(o);
                o += 1;
            }
            Ordering::Greater => {
                new_left.push(n);
                n += 1;
            }
        }
    }
    old_left.extend(o..old.len());
    new_left.extend(n..new.len());
    (pairs, old_left, new_left)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pairs in order of time, for tables.
    fn paired(
        old: &[Millis],
        new: &[Millis],
        cooldown: [Millis; 2],
    ) -> Vec<(Option<Millis>, Option<Millis>)> {
        let pairs = pair(old, new, cooldown);
        let mut times: Vec<_> =
            pairs.iter().map(|(o, n)| (o.map(|at| old[at]), n.map(|at| new[at]))).collect();
        times.sort_by_key(|(old, new)| old.or(*new));
        times
    }

    #[test]
    fn one_instant_goes_before_overlap_and_overlap_before_nothing() {
        let (o, n) = (|at| (Some(at), None), |at| (None, Some(at)));
        let both = |old, new| (Some(old), Some(new));
        for (old, new, cooldown, want) in [
            (&[][..], &[][..], [30, 30], vec![]),
            (&[5], &[5], [30, 30], vec![both(5, 5)]),
            // At cooldown 0 only one instant is the same.
            (&[5, 9], &[5, 8], [0, 0], vec![both(5, 5), n(8), o(9)]),
            (&[5], &[34], [30, 30], vec![both(5, 34)]),
            (&[5], &[35], [30, 30], vec![o(5), n(35)]),
            (&[35], &[5], [30, 30], vec![n(5), o(35)]),
            // What counts is the cooldown of the one that opened first.
            (&[5], &[25], [10, 30], vec![o(5), n(25)]),
            (&[5], &[25], [30, 10], vec![both(5, 25)]),
            // 10 overlaps 35, but 35 has its own.
            (&[10, 50], &[35, 50], [30, 10], vec![both(10, 35), both(50, 50)]),
            (&[10], &[0, 10], [30, 10], vec![n(0), both(10, 10)]),
            (&[10, 40], &[0, 30, 60], [30, 30], vec![both(10, 0), both(40, 30), n(60)]),
            (&[0, 100], &[70], [30, 31], vec![o(0), both(100, 70)]),
        ] {
            assert_eq!(paired(old, new, cooldown), want, "{old:?} {new:?} {cooldown:?}");
            let [a, b] = cooldown;
            let swapped: Vec<_> = paired(new, old, [b, a]).into_iter().map(|(n, o)| (o, n)).collect();
            assert_eq!(swapped.len(), want.len());
            assert!(want.iter().all(|pair| swapped.contains(pair)), "{swapped:?}");
        }
    }
}
