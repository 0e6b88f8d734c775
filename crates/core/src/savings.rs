//! What deleting images takes off the bill.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::{Dollars, PriceOf, Prices};
use crate::{Bytes, Freed, Region, RepositoryPlan};

/// What storage of images costs that is not needed any more, a month, at most: a layer that images share is counted with
/// each of them, and where a kept image has it, it costs on.
///
/// <https://aws.amazon.com/ecr/pricing/>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Savings {
    /// US cents a month: at most so many, unless `exact`.
    pub at_most_cents: u64,
    /// Dollars for a GB (2^30 bytes) and month, such as `$0.10`, or `$0.07 to $0.10` where Regions differ. Absent where no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Box<str>>,
    /// Whose prices these are, and of when.
    pub of: Box<str>,
    /// Bytes in Regions of which no price is known: they are not counted.
    #[serde(default, skip_serializing_if = "is_none_at_all")]
    pub unpriced_bytes: u64,
    /// Whether each layer that goes was counted once, and no other: it is that much, and not at most.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exact: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_none_at_all(bytes: &u64) -> bool {
    *bytes == 0
}

impl Savings {
    /// Of so many bytes in each Region. None of nothing.
    pub fn of<'a>(
        prices: &Prices,
        freed: impl Iterator<Item = (&'a Region, Freed)>,
    ) -> Option<Self> {
        let mut by_region: BTreeMap<&Region, u64> = BTreeMap::new();
        let mut exact = true;
        for (region, freed) in freed {
            let of_it = by_region.entry(region).or_default();
            *of_it = of_it.saturating_add(freed.bytes);
            exact &= freed.is_exact();
        }
        by_region.retain(|_, bytes| *bytes > 0);
        if by_region.is_empty() {
            return None;
        }
        let (mut asked, mut said_by) = (BTreeSet::new(), BTreeSet::new());
        let (mut at_most_cents, mut unpriced_bytes) = (0_u64, 0_u64);
        for (region, bytes) in by_region {
            match prices.of_images(region) {
                Some((price, of)) => {
                    asked.insert(price);
                    said_by.insert(of);
                    at_most_cents = at_most_cents.saturating_add(price.a_month(bytes).cents);
                }
                None => unpriced_bytes = unpriced_bytes.saturating_add(bytes),
            }
        }
        let price = match (asked.first(), asked.last()) {
            (Some(least), Some(most)) if least != most => Some(format!("{least} to {most}")),
            (least, _) => least.map(ToString::to_string),
        };
        if said_by.is_empty() {
            said_by.insert(PriceOf::Aws);
        }
        let of = said_by.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Some(Self {
            at_most_cents,
            price: price.map(Into::into),
            of: of.into(),
            unpriced_bytes,
            exact,
        })
    }

    /// Of what these plans delete.
    pub fn of_plans<'a>(
        prices: &Prices,
        plans: impl Iterator<Item = &'a RepositoryPlan>,
    ) -> Option<Self> {
        Self::of(prices, plans.map(|plan| (&plan.region, plan.summary.frees())))
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
                dollars if self.exact => write!(f, "{dollars}")?,
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

    fn of(prices: &Prices, rows: &[(&str, u64)]) -> Option<Savings> {
        let rows: Vec<(Region, u64)> =
            rows.iter().map(|(region, bytes)| (region.parse().unwrap(), *bytes)).collect();
        let freed = |bytes| Freed::at_most(bytes, 1);
        Savings::of(prices, rows.iter().map(|(region, bytes)| (region, freed(*bytes))))
    }

    #[test]
    fn what_is_freed_in_all_regions_is_one_sum_with_its_price() {
        let rows = [("us-east-1", 1000 * GB), ("eu-west-1", 20 * GB), ("us-east-1", 4 * GB)];
        let savings = of(&Prices::default(), &rows).unwrap();
        assert_eq!(savings.to_string(), "at most $102.40 a month, at $0.10 a GB (AWS, 2026-03)");
        let prices = Prices { ecr: Some("0.05".parse().unwrap()), ..Prices::default() };
        let savings = of(&prices, &rows).unwrap();
        assert_eq!(savings.to_string(), "at most $51.20 a month, at $0.05 a GB (the policy)");
    }

    #[test]
    fn where_every_layer_is_known_it_is_that_much_and_not_at_most() {
        let region: Region = "eu-west-1".parse().unwrap();
        let (exact, not) = (Freed { bytes: 10 * GB, unread: 0 }, Freed::at_most(10 * GB, 1));
        let told = |freed: &[Freed]| {
            let rows = freed.iter().map(|it| (&region, *it));
            Savings::of(&Prices::default(), rows).unwrap().to_string()
        };
        assert_eq!(told(&[exact, exact]), "$2.00 a month, at $0.10 a GB (AWS, 2026-03)");
        assert_eq!(told(&[exact, not]), "at most $2.00 a month, at $0.10 a GB (AWS, 2026-03)");
    }

    #[test]
    fn less_than_a_cent_is_not_told_as_nothing() {
        let savings = of(&Prices::default(), &[("eu-west-1", 1_000)]).unwrap();
        assert!(savings.to_string().starts_with("less than $0.01 a month"), "{savings}");
    }

    #[test]
    fn where_no_price_is_known_the_bytes_are_told_and_not_counted() {
        let told = |rows: &[_]| of(&Prices::default(), rows).map(|it| it.to_string());
        let unknown = "1.0 GiB where no price is known: `prices.ecr` of the policy says one";
        assert_eq!(told(&[("cn-north-1", GB)]).as_deref(), Some(unknown));
        let both = format!("at most $0.10 a month, at $0.10 a GB (AWS, 2026-03); {unknown}");
        assert_eq!(told(&[("cn-north-1", GB), ("eu-west-1", GB)]), Some(both));
        assert_eq!(told(&[("cn-north-1", 0)]), None);
    }

    #[test]
    fn where_regions_differ_the_prices_are_told_with_all_who_say_them() {
        let rows = [("cn-north-1", 100 * GB), ("eu-west-1", 100 * GB)];
        let regions = [("cn-north-1".parse().unwrap(), "0.07".parse().unwrap())].into();
        let savings = of(&Prices { regions, ..Prices::default() }, &rows).unwrap();
        let told = "at most $17.00 a month, at $0.07 to $0.10 a GB (AWS, 2026-03; the policy)";
        assert_eq!(savings.to_string(), told);
    }
}
