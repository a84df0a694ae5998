//! A row's values along the grid, packed so that weeks of a fleet fit into memory.
//!
//! Owns the packing: blocks of values that are all absent, rise evenly, are whole thousandths, are
//! exact in single precision, or none of these. Every value comes back to the same bits.

/// Values of a block.
const BLOCK: usize = 512;
/// What stands for an absent value: a NaN that no computation gives, and a number out of range.
const ABSENT: u64 = 0x7ff4_f1ba_11ab_5e17;
const ABSENT_SINGLE: u32 = 0x7fa4_f1ba;
const ABSENT_SMALL: i32 = i32::MIN;

/// Values along the grid.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Column {
    blocks: Vec<Block>,
    length: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Block {
    Absent,
    /// `first`, `first + step`, ...; the step is 0 where nothing changes.
    Even {
        first: f64,
        step: f64,
    },
    /// Thousandths above or below those of `base`.
    Small {
        base: f64,
        above: Box<[i32]>,
    },
    Single(Box<[u32]>),
    Bits(Box<[u64]>),
}

impl Column {
    /// Packs values.
    pub fn new(cells: &[Option<f64>]) -> Self {
        Self { blocks: cells.chunks(BLOCK).map(Block::new).collect(), length: cells.len() }
    }

    /// The value at `index`; None where it is absent or out of range.
    pub fn get(&self, index: usize) -> Option<f64> {
        if index >= self.length {
            return None;
        }
        self.blocks.get(index / BLOCK)?.get(index % BLOCK)
    }
}

impl Block {
    fn new(cells: &[Option<f64>]) -> Self {
        if cells.iter().all(Option::is_none) {
            return Self::Absent;
        }
        let bits = || cells.iter().map(|cell| cell.map_or(ABSENT, f64::to_bits)).collect();
        even(cells).or_else(|| small(cells)).or_else(|| single(cells)).unwrap_or_else(|| Self::Bits(bits()))
    }

    fn get(&self, index: usize) -> Option<f64> {
        match self {
            Self::Absent => None,
            Self::Even { first, step } => Some(first + step * index as f64),
            Self::Small { base, above } => above
                .get(index)
                .filter(|above| **above != ABSENT_SMALL)
                .map(|above| thousandths(*base, *above)),
            Self::Single(bits) => bits
                .get(index)
                .filter(|bits| **bits != ABSENT_SINGLE)
                .map(|bits| f32::from_bits(*bits).into()),
            Self::Bits(bits) => {
                bits.get(index).filter(|bits| **bits != ABSENT).map(|bits| f64::from_bits(*bits))
            }
        }
    }

    /// Whether it gives `cells` back to the bits.
    fn gives(&self, cells: &[Option<f64>]) -> bool {
        let same = |(index, cell): (usize, &Option<f64>)| {
            self.get(index).map(f64::to_bits) == cell.map(f64::to_bits)
        };
        cells.iter().enumerate().all(same)
    }
}

fn even(cells: &[Option<f64>]) -> Option<Block> {
    let first = (*cells.first()?)?;
    let step = cells.get(1).copied().flatten().map_or(0.0, |second| second - first);
    Some(Block::Even { first, step }).filter(|block| block.gives(cells))
}

fn small(cells: &[Option<f64>]) -> Option<Block> {
    let base = (cells.iter().flatten().next()? * 1000.0).round();
    let above = cells.iter().map(|cell| match cell {
        None => Some(ABSENT_SMALL),
        Some(value) => {
            let above = (value * 1000.0).round() - base;
            (above.abs() < f64::from(i32::MAX)).then_some(above as i32)
        }
    });
    let above: Box<[i32]> = above.collect::<Option<_>>()?;
    Some(Block::Small { base, above }).filter(|block| block.gives(cells))
}

fn single(cells: &[Option<f64>]) -> Option<Block> {
    let bits = cells.iter().map(|cell| cell.map_or(ABSENT_SINGLE, |value| (value as f32).to_bits()));
    Some(Block::Single(bits.collect())).filter(|block| block.gives(cells))
}

fn thousandths(base: f64, above: i32) -> f64 {
    (base + f64::from(above)) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(cells: &[Option<f64>]) {
        let column = Column::new(cells);
        for (index, cell) in cells.iter().enumerate() {
            assert_eq!(column.get(index).map(f64::to_bits), cell.map(f64::to_bits), "{index}");
        }
        assert_eq!(column.get(cells.len()), None);
    }

    proptest! {
        #[test]
        fn every_value_comes_back_to_the_same_bits(
            bits in prop::collection::vec(prop::option::weighted(0.9, any::<u64>()), 0..1100),
            thousandths in prop::collection::vec(prop::option::weighted(0.9, -1_000_000i64..1_000_000), 0..600),
        ) {
            same(&bits.iter().map(|bits| bits.map(f64::from_bits)).collect::<Vec<_>>());
            same(&thousandths.iter().map(|n| n.map(|n| n as f64 / 1000.0)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn common_rows_are_packed() {
        let rising: Vec<Option<f64>> =
            (0..512).map(|i| Some(1_793_577_600.0 + 30.0 * f64::from(i))).collect();
        let jitter: Vec<Option<f64>> = (0..512)
            .map(|i| Some(1_793_577_600.0 + 30.0 * f64::from(i) + f64::from(i % 7) / 1000.0))
            .collect();
        let halves: Vec<Option<f64>> = (0..512).map(|i| Some(f64::from(i % 5) / 1024.0)).collect();
        let ratios: Vec<Option<f64>> = (0..512).map(|i| Some(f64::from(i) / 7.0)).collect();
        for (cells, expected) in [
            (rising, "Even"),
            (jitter, "Small"),
            (halves, "Single"),
            (ratios, "Bits"),
            (vec![None; 9], "Absent"),
        ] {
            same(&cells);
            let found = format!("{:?}", Column::new(&cells).blocks[0]);
            assert!(found.starts_with(expected), "{expected}: {}", &found[..20.min(found.len())]);
        }
    }
}
