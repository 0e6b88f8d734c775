//! What deleting images takes off the bill.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::{Dollars, PRICES_OF, Price, Prices};
use crate::{Bytes, Region, RepositoryPlan};

/// What storage of images costs that is not needed any more, a month, at most: a layer that images share is counted with
/// each of them, and where a kept image has it, it costs on.
///
/// <https://aws.amazon.com/ecr/pricing/>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Savings {
    /// US cents a month.
    pub at_most_cents: u64,
    /// Dollars for a GB (2^30 bytes) and month, such as `$0.10`. Absent where no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Box<str>>,
    /// Whose price that is, and of when.
    pub of: Box<str>,
    /// Bytes in Regions of which no price is known: they are not counted.
    #[serde(default, skip_serializing_if = "is_none_at_all")]
    pub unpriced_bytes: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_none_at_all(bytes: &u64) -> bool {
    *bytes == 0
}

impl Savings {
    /// Of so many bytes in each Region. None of nothing.
    pub fn of<'a>(prices: &Prices, bytes: impl Iterator<Item = (&'a Region, u64)>) -> Option<Self> {
        let mut by_region: BTreeMap<&Region, u64> = BTreeMap::new();
        for (region, bytes) in bytes {
            let of_it = by_region.entry(region).or_default();
            *of_it = of_it.saturating_add(bytes);
        }
        by_region.retain(|_, bytes| *bytes > 0);
        if by_region.is_empty() {
            return None;
        }
        let mut price: Option<Price> = None;
        let (mut at_most_cents, mut unpriced_bytes) = (0_u64, 0_u64);
        for (region, bytes) in by_region {
            match prices.of_images(region) {
                Some(of_region) => {
                    price = Some(of_region);
                    at_most_cents = at_most_cents.saturating_add(of_region.a_month(bytes).cents);
                }
                None => unpriced_bytes = unpriced_bytes.saturating_add(bytes),
            }
        }
        let of = match prices.ecr {
            Some(_) => "the policy".to_owned(),
            None => format!("AWS, {PRICES_OF}"),
        };
        let price = price.map(|price| price.to_string().into());
        Some(Self { at_most_cents, price, of: of.into(), unpriced_bytes })
    }

    /// Of what these plans delete.
    pub fn of_plans<'a>(
        prices: &Prices,
        plans: impl Iterator<Item = &'a RepositoryPlan>,
    ) -> Option<Self> {
        Self::of(prices, plans.map(|plan| (&plan.region, plan.summary.delete_bytes)))
    }

    /// The sum.
    #[must_use]
    pub const fn at_most(&self) -> Dollars {
        Dollars { cents: self.at_most_cents }
    }
}

/// In a line: `at most $102.40 a month, at $0.10 a GB (AWS, 2026-03)`.
impl fmt::Display for Savings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(price) = &self.price {
            match self.at_most() {
                Dollars { cents: 0 } => f.write_str("less than $0.01")?,
                dollars => write!(f, "at most {dollars}")?,
            }
            write!(f, " a month, at {price} a GB ({})", self.of)?;
        }
        if self.unpriced_bytes > 0 {
            let between = if self.price.is_some() { "; " } else { "" };
            let bytes = Bytes(self.unpriced_bytes);
            write!(
                f,
                "{between}{bytes} where no price is known: `prices.ecr` of the policy says one"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1 << 30;

    fn of(prices: Prices, rows: &[(&str, u64)]) -> Option<Savings> {
        let rows: Vec<(Region, u64)> =
            rows.iter().map(|(region, bytes)| (region.parse().unwrap(), *bytes)).collect();
        Savings::of(&prices, rows.iter().map(|(region, bytes)| (region, *bytes)))
    }

    #[test]
    fn what_is_freed_in_all_regions_is_one_sum_with_its_price() {
        let rows = [("us-east-1", 1000 * GB), ("eu-west-1", 20 * GB), ("us-east-1", 4 * GB)];
        let savings = of(Prices::default(), &rows).unwrap();
        assert_eq!(savings.to_string(), "at most $102.40 a month, at $0.10 a GB (AWS, 2026-03)");
        let prices = Prices { ecr: Some("0.05".parse().unwrap()), vault: None };
        let savings = of(prices, &rows).unwrap();
        assert_eq!(savings.to_string(), "at most $51.20 a month, at $0.05 a GB (the policy)");
    }

    #[test]
    fn less_than_a_cent_is_not_told_as_nothing() {
        let savings = of(Prices::default(), &[("eu-west-1", 1_000)]).unwrap();
        assert!(savings.to_string().starts_with("less than $0.01 a month"), "{savings}");
    }

    #[test]
    fn where_no_price_is_known_the_bytes_are_told_and_not_counted() {
        let told = |rows: &[_]| of(Prices::default(), rows).map(|it| it.to_string());
        let unknown = "1.0 GiB where no price is known: `prices.ecr` of the policy says one";
        assert_eq!(told(&[("cn-north-1", GB)]).as_deref(), Some(unknown));
        let both = format!("at most $0.10 a month, at $0.10 a GB (AWS, 2026-03); {unknown}");
        assert_eq!(told(&[("cn-north-1", GB), ("eu-west-1", GB)]), Some(both));
        assert_eq!(told(&[("cn-north-1", 0)]), None);
    }
}
