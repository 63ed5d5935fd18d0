//! Random numbers that are the same on every machine.
//!
//! The laboratory in `examples` uses this generator too.

use needle_stats::nps::NpsCounts;

/// A small generator with a fixed sequence per seed: `SplitMix64` (Steele, Lea & Flood 2014).
pub struct SplitMixRng(pub u64);

impl SplitMixRng {
    /// A uniform number from 0 to 1, 1 excluded.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let top = u32::try_from((mixed ^ (mixed >> 31)) >> 32).expect("32 bits");
        f64::from(top) / 4_294_967_296.0
    }

    /// Approximately normal with mean 0 and standard deviation 1, never beyond 6: the sum of twelve uniform numbers.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// Draws `responses` responses, of which the given shares are promoters and detractors.
    pub fn responses(&mut self, responses: u32, promoting: f64, detracting: f64) -> NpsCounts {
        (0..responses)
            .map(|_| {
                let (one, none) = (self.uniform(), NpsCounts::default());
                if one < promoting {
                    NpsCounts { promoters: 1, ..none }
                } else if one > 1.0 - detracting {
                    NpsCounts { detractors: 1, ..none }
                } else {
                    NpsCounts { passives: 1, ..none }
                }
            })
            .sum()
    }
}
