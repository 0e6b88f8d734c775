//! What storage costs.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::StorageClass;
use super::given_price::{GivenPrice, PriceFor};
use crate::Region;

/// When AWS's prices were looked up that stand here.
pub const PRICES_OF: &str = "2026-03";

/// What ECR asks for, standard or archived up to 150 TB, in each Region of AWS's commercial partition.
///
/// <https://aws.amazon.com/ecr/pricing/>
const ECR: Price = Price { millionths: 100_000 };

/// What people pay, where it is not what AWS asks everybody for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    /// Of images in ECR.
    pub ecr: Option<Price>,
    /// Of images in ECR in some Regions, whatever is said of all.
    pub regions: BTreeMap<Region, Price>,
    /// Of copies in the vault.
    pub vault: Option<Price>,
    /// What somebody says beside the policy, which counts before it.
    pub given: Vec<GivenPrice>,
}

/// Who says a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceOf {
    /// AWS, to everybody.
    Aws,
    /// The policy.
    Policy,
    /// Whoever asks.
    Given,
}

impl fmt::Display for PriceOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aws => write!(f, "AWS, {PRICES_OF}"),
            Self::Policy => f.write_str("the policy"),
            Self::Given => f.write_str("`--price`"),
        }
    }
}

impl Prices {
    /// What images cost in a Region, and who says so. None where nobody does.
    ///
    /// What is given counts before the policy, what is said of the Region before what is said of all.
    #[must_use]
    pub fn of_images(&self, region: &Region) -> Option<(Price, PriceOf)> {
        let given = |of: &PriceFor| self.given.iter().rev().find(|it| it.of == *of);
        let here = PriceFor::Region(region.clone());
        given(&here)
            .or_else(|| given(&PriceFor::Ecr))
            .map(|it| (it.price, PriceOf::Given))
            .or_else(|| Some((*self.regions.get(region)?, PriceOf::Policy)))
            .or_else(|| Some((self.ecr?, PriceOf::Policy)))
            .or_else(|| is_commercial(region.as_str()).then_some((ECR, PriceOf::Aws)))
    }

    /// What copies cost in the vault: AWS's prices are those of us-east-1, and elsewhere a little higher.
    ///
    /// <https://aws.amazon.com/s3/pricing/>
    #[must_use]
    pub fn of_copies(&self, class: StorageClass) -> Price {
        let millionths = match class {
            StorageClass::Standard | StorageClass::IntelligentTiering => 23_000,
            StorageClass::StandardIa => 12_500,
            StorageClass::OneZoneIa => 10_000,
            StorageClass::GlacierIr => 4_000,
        };
        let given = self.given.iter().rev().find(|it| it.of == PriceFor::Vault);
        given.map(|it| it.price).or(self.vault).unwrap_or(Price { millionths })
    }
}

/// Whether AWS asks for its ordinary prices in a Region, in dollars: not in `GovCloud`, not in China, and not in a
/// partition that nobody here knows.
fn is_commercial(region: &str) -> bool {
    const AREAS: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];
    let mut parts = region.split('-');
    let (area, place) = (parts.next(), parts.next());
    let is_of_its_own = |place: &str| place == "gov" || place.starts_with("iso");
    area.is_some_and(|area| AREAS.contains(&area)) && place.is_some_and(|it| !is_of_its_own(it))
}

/// The price of storage: millionths of a US dollar for a GB and month. AWS counts 2^30 bytes as a GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price {
    millionths: u32,
}

/// A text that is not a price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a price: expected dollars for a GB and month, such as `0.10`, at most 1000")]
pub struct NotAPrice(String);

impl Price {
    /// What so many bytes cost a month, to the cent.
    #[must_use]
    pub fn a_month(self, bytes: u64) -> Dollars {
        let millionths = u128::from(self.millionths) * u128::from(bytes);
        // Half a cent is rounded up.
        let cents = (millionths + (5_000 << 30)) / (10_000 << 30);
        Dollars { cents: u64::try_from(cents).unwrap_or(u64::MAX) }
    }
}

impl Price {
    /// In dollars, as it is read: `0.10`.
    pub(super) fn plain(self) -> String {
        let (whole, fraction) = (self.millionths / 1_000_000, self.millionths % 1_000_000);
        let digits = format!("{fraction:06}");
        let digits = digits.trim_end_matches('0');
        format!("{whole}.{digits:0<2}")
    }
}

impl FromStr for Price {
    type Err = NotAPrice;

    fn from_str(text: &str) -> Result<Self, NotAPrice> {
        let read = || {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let are_digits = |text: &str, most: usize| {
                (1..=most).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit())
            };
            if !are_digits(whole, 4) || !are_digits(fraction, 6) {
                return None;
            }
            let millionths = whole.parse::<u32>().ok()? * 1_000_000
                + format!("{fraction:0<6}").parse::<u32>().ok()?;
            (millionths <= 1_000_000_000).then_some(Self { millionths })
        };
        read().ok_or_else(|| NotAPrice(text.to_owned()))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.plain())
    }
}

/// US dollars, to the cent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dollars {
    /// In cents.
    pub cents: u64,
}

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = (self.cents / 100).to_string();
        f.write_str("$")?;
        for (at, digit) in whole.char_indices() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02}", self.cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1 << 30;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn a_price_is_read_to_the_millionth_and_printed_as_short_as_it_is() {
        for (text, printed) in [
            ("0.10", "$0.10"),
            ("0.1", "$0.10"),
            ("0.0125", "$0.0125"),
            ("0.000001", "$0.000001"),
            ("1000", "$1000.00"),
            ("0", "$0.00"),
        ] {
            assert_eq!(price(text).to_string(), printed);
        }
        for text in [
            "",
            ".",
            "1.",
            ".1",
            "-1",
            "+1",
            "1e3",
            "$0.10",
            "0,10",
            "0.0000001",
            "1000.000001",
            "99999",
        ] {
            assert!(text.parse::<Price>().is_err(), "{text}");
        }
    }

    #[test]
    fn so_many_bytes_cost_so_much_a_month_to_the_cent() {
        for (bytes, dollars) in [
            (0, "$0.00"),
            (GB / 21, "$0.00"),
            (GB / 20 + 1, "$0.01"),
            (GB, "$0.10"),
            (1024 * GB, "$102.40"),
            (12_345_678 * GB, "$1,234,567.80"),
            (u64::MAX, "$1,717,986,918.40"),
        ] {
            assert_eq!(price("0.10").a_month(bytes).to_string(), dollars, "{bytes}");
        }
    }

    #[test]
    fn where_aws_asks_for_other_prices_only_the_policy_knows_one() {
        let region = |name: &str| name.parse::<Region>().unwrap();
        let ours = Prices { ecr: Some(price("0.08")), ..Prices::default() };
        let theirs = Prices::default();
        for (name, known) in [
            ("us-east-1", Some("$0.10")),
            ("eu-central-2", Some("$0.10")),
            ("mx-central-1", Some("$0.10")),
            ("us-gov-west-1", None),
            ("us-iso-east-1", None),
            ("eu-isoe-west-1", None),
            ("eusc-de-east-1", None),
            ("cn-north-1", None),
        ] {
            let of = |prices: &Prices| prices.of_images(&region(name)).map(|it| it.0.to_string());
            assert_eq!(of(&theirs).as_deref(), known, "{name}");
            assert_eq!(of(&ours).as_deref(), Some("$0.08"), "{name}");
        }
    }

    #[test]
    fn each_storage_class_of_the_vault_has_its_price() {
        let of = |prices: Prices, class| prices.of_copies(class).to_string();
        assert_eq!(of(Prices::default(), StorageClass::GlacierIr), "$0.004");
        let ours = Prices { vault: Some(price("0.02")), ..Prices::default() };
        assert_eq!(of(ours, StorageClass::GlacierIr), "$0.02");
    }

    #[test]
    fn what_is_given_counts_before_the_policy_and_a_region_before_all() {
        let given = |texts: &[&str]| texts.iter().map(|it| it.parse().unwrap()).collect();
        let mut prices = Prices {
            ecr: Some(price("0.09")),
            regions: BTreeMap::from([("cn-north-1".parse().unwrap(), price("0.07"))]),
            vault: Some(price("0.02")),
            given: Vec::new(),
        };
        let of = |prices: &Prices, region: &str| {
            let (price, of) = prices.of_images(&region.parse().unwrap()).unwrap();
            format!("{price} ({of})")
        };
        assert_eq!(of(&prices, "cn-north-1"), "$0.07 (the policy)");
        assert_eq!(of(&prices, "eu-west-1"), "$0.09 (the policy)");
        prices.given = given(&["ecr/eu-west-1=0.05", "ecr=0.06", "vault=0.01"]);
        assert_eq!(of(&prices, "cn-north-1"), "$0.06 (`--price`)");
        assert_eq!(of(&prices, "eu-west-1"), "$0.05 (`--price`)");
        assert_eq!(prices.of_copies(StorageClass::Standard).to_string(), "$0.01");
        prices.given.extend(given(&["ecr/eu-west-1=0.04"]) as Vec<GivenPrice>);
        assert_eq!(of(&prices, "eu-west-1"), "$0.04 (`--price`)", "the last counts");
        assert_eq!(of(&Prices::default(), "eu-west-1"), "$0.10 (AWS, 2026-03)");
    }
}
