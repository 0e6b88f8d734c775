//! Gaps as people are told of them: what was denied in many places is told once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Gap;
use crate::wording::{First, plural};
use crate::{Account, Region, Remedy, ScanPlace, Source};

/// Gaps that are told together: of one cause, in the same places; or denied, whatever each call said
/// of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapGroup<'a> {
    /// The sources.
    pub sources: BTreeSet<Source>,
    /// The places; empty: everywhere.
    pub places: BTreeSet<&'a ScanPlace>,
    /// Whether all of it was denied, in several places.
    pub is_denied: bool,
    /// Why, in words; of what was denied, of the first.
    pub reason: &'a str,
}

impl Gap {
    /// Whether nothing but a permission is missing, as far as is known.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.remedies.iter().any(|remedy| {
            matches!(
                remedy,
                Remedy::Allow { .. }
                    | Remedy::AllowRole { .. }
                    | Remedy::EnableRegion { .. }
                    | Remedy::SwitchOffRegion { .. }
            )
        })
    }
}

/// How many sources of a group are named.
const SOURCES: usize = 3;

impl GapGroup<'_> {
    /// The same with the first of the sources.
    #[must_use]
    pub fn with_sources(&self) -> String {
        let sources = First::of(SOURCES, &self.sources).in_one_line();
        let of = if self.is_denied { ":" } else { " of" };
        format!("{sources}{of} {self}")
    }
}

/// Groups gaps: those of the same sources that were denied in several places, then those of the
/// same cause.
#[must_use]
pub fn group_gaps(gaps: &[Gap]) -> Vec<GapGroup<'_>> {
    let mut denied: BTreeMap<&ScanPlace, (BTreeSet<Source>, &str)> = BTreeMap::new();
    for (place, gap) in gaps.iter().filter_map(|gap| Some((gap.place.as_ref()?, gap))) {
        if gap.is_denied() {
            let (sources, _) =
                denied.entry(place).or_insert_with(|| (BTreeSet::new(), &*gap.reason));
            sources.insert(gap.source);
        }
    }
    let mut by_sources: BTreeMap<BTreeSet<Source>, (BTreeSet<&ScanPlace>, &str)> = BTreeMap::new();
    for (place, (sources, reason)) in denied {
        let (places, _) = by_sources.entry(sources).or_insert_with(|| (BTreeSet::new(), reason));
        places.insert(place);
    }
    by_sources.retain(|_, (places, _)| places.len() > 1);
    let of_many: BTreeSet<&ScanPlace> =
        by_sources.values().flat_map(|(places, _)| places.iter().copied()).collect();
    let is_told = |gap: &Gap| {
        gap.is_denied() && gap.place.as_ref().is_some_and(|place| of_many.contains(place))
    };
    let mut groups: Vec<GapGroup<'_>> = by_sources
        .into_iter()
        .map(|(sources, (places, reason))| GapGroup { sources, places, is_denied: true, reason })
        .collect();
    groups.extend(by_cause(gaps.iter().filter(|gap| !is_told(gap))));
    groups
}

type Places<'a> = BTreeSet<&'a ScanPlace>;

/// Gaps of the same cause in the same places.
fn by_cause<'a>(gaps: impl Iterator<Item = &'a Gap>) -> impl Iterator<Item = GapGroup<'a>> {
    let mut places: BTreeMap<(Source, String), (&str, Places<'a>)> = BTreeMap::new();
    let mut everywhere: BTreeSet<(Source, String)> = BTreeSet::new();
    for gap in gaps {
        let cause = (gap.source, without_requests(&gap.reason));
        if gap.place.is_none() {
            everywhere.insert(cause.clone());
        }
        let (_, of_cause) = places.entry(cause).or_insert_with(|| (&*gap.reason, BTreeSet::new()));
        of_cause.extend(&gap.place);
    }
    let mut sources: BTreeMap<(String, Places<'a>), (&str, BTreeSet<Source>)> = BTreeMap::new();
    for (of, (reason, places)) in places {
        let places = if everywhere.contains(&of) { BTreeSet::new() } else { places };
        let (source, cause) = of;
        let (_, sources) =
            sources.entry((cause, places)).or_insert_with(|| (reason, BTreeSet::new()));
        sources.insert(source);
    }
    sources.into_iter().map(|((_, places), (reason, sources))| GapGroup {
        sources,
        places,
        is_denied: false,
        reason,
    })
}

/// A reason without the ids of requests, which differ though the cause is the same.
fn without_requests(reason: &str) -> String {
    const ID: &str = " (request ";
    let mut rest = reason;
    let mut cause = String::new();
    while let Some((before, id)) = rest.split_once(ID) {
        cause.push_str(before);
        rest = id.split_once(')').map_or("", |(_, after)| after);
    }
    cause + rest
}

/// Where it is, and why, without the sources: `12 Regions denied in 300 accounts, e.g. ...`.
impl fmt::Display for GapGroup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { places, reason, .. } = self;
        match places.first() {
            Some(place) if places.len() == 1 => write!(f, "{place}: {reason}"),
            Some(_) if self.is_denied => write!(f, "{}, e.g. {reason}", denied(places)),
            Some(_) => write!(f, "{} accounts and Regions: {reason}", places.len()),
            None => write!(f, "everywhere: {reason}"),
        }
    }
}

fn denied(places: &BTreeSet<&ScanPlace>) -> String {
    let accounts: BTreeSet<&Account> = places.iter().map(|place| &place.account).collect();
    let regions: BTreeSet<&Region> = places.iter().map(|place| &place.region).collect();
    let (of_accounts, of_regions) = (accounts.len(), regions.len());
    let account = match accounts.first() {
        Some(account) if of_accounts == 1 => format!("account {account}"),
        _ => format!("{of_accounts} {}", plural(of_accounts as u64, "account")),
    };
    let region = match regions.first() {
        Some(region) if of_regions == 1 => format!("Region {region}"),
        _ => format!("{of_regions} {}", plural(of_regions as u64, "Region")),
    };
    if of_accounts * of_regions == places.len() {
        return format!("{region} denied in {account}");
    }
    let several = places.len();
    format!("{several} accounts and Regions denied, in {account} and {region}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(account: u32, region: u32) -> ScanPlace {
        ScanPlace {
            account: format!("{account:012}").parse().unwrap(),
            region: format!("eu-west-{region}").parse().unwrap(),
            cluster: None,
        }
    }

    fn gap(place: &ScanPlace, source: Source, is_denied: bool) -> Gap {
        let action = format!("{source}:List").into();
        let remedy = Remedy::Allow { action, account: Some(place.account.clone()) };
        Gap {
            place: Some(place.clone()),
            source,
            reason: format!("{source} in {place} said no").into(),
            remedies: if is_denied { vec![remedy] } else { Vec::new() },
        }
    }

    fn told(gaps: &[Gap]) -> Vec<String> {
        group_gaps(gaps).iter().map(GapGroup::with_sources).collect()
    }

    #[test]
    fn what_is_denied_in_many_places_is_told_once() {
        let mut gaps = Vec::new();
        for account in 1..=300 {
            for region in 1..=12 {
                for source in [Source::Ecs, Source::Lambda] {
                    gaps.push(gap(&place(account, region), source, true));
                }
            }
        }
        let first = "ecs in 000000000001/eu-west-1 said no";
        assert_eq!(
            told(&gaps),
            [format!("ecs, lambda: 12 Regions denied in 300 accounts, e.g. {first}")]
        );
        let without_one: Vec<Gap> = gaps[2..].to_vec();
        let first = "ecs in 000000000001/eu-west-10 said no";
        assert_eq!(
            told(&without_one),
            [format!(
                "ecs, lambda: 3599 accounts and Regions denied, in 300 accounts and 12 Regions, e.g. {first}"
            )]
        );
    }

    #[test]
    fn one_account_or_one_region_is_named() {
        let some = |places: &[(u32, u32)]| -> Vec<Gap> {
            places.iter().map(|(a, r)| gap(&place(*a, *r), Source::Ecs, true)).collect()
        };
        let first = "ecs in 000000000001/eu-west-1 said no";
        let expected = format!("ecs: 2 Regions denied in account 000000000001, e.g. {first}");
        assert_eq!(told(&some(&[(1, 1), (1, 2)])), [expected]);
        let expected = format!("ecs: Region eu-west-1 denied in 2 accounts, e.g. {first}");
        assert_eq!(told(&some(&[(1, 1), (2, 1)])), [expected]);
        assert_eq!(told(&some(&[(1, 1)])), [format!("ecs of 000000000001/eu-west-1: {first}")]);
    }

    #[test]
    fn what_differs_in_the_ids_of_requests_alone_is_one_cause() {
        let of = |source, id: &str| Gap {
            reason: format!("the role was denied (request {id}); make it").into(),
            ..gap(&place(1, 1), source, true)
        };
        let gaps = [of(Source::Ecs, "1"), of(Source::Lambda, "2"), of(Source::Batch, "3")];
        assert_eq!(
            told(&gaps),
            ["ecs, lambda, batch of 000000000001/eu-west-1: \
                 the role was denied (request 1); make it"]
        );
        let cut = "denied (request 1";
        assert_eq!(without_requests(cut), "denied");
    }

    #[test]
    fn what_failed_otherwise_is_told_by_its_cause() {
        let not_built = |at: u32, source| Gap {
            reason: "not built".into(),
            ..gap(&place(at, 1), source, false)
        };
        let gaps = [
            gap(&place(1, 1), Source::Ecs, true),
            gap(&place(2, 1), Source::Ecs, true),
            gap(&place(1, 1), Source::Lambda, false),
            not_built(1, Source::Inspector),
            not_built(2, Source::Inspector),
            Gap::everywhere(Source::Batch, None),
        ];
        assert_eq!(
            told(&gaps),
            [
                "ecs: Region eu-west-1 denied in 2 accounts, e.g. ecs in 000000000001/eu-west-1 said no",
                "lambda of 000000000001/eu-west-1: lambda in 000000000001/eu-west-1 said no",
                "batch of everywhere: no reason given",
                "inspector of 2 accounts and Regions: not built",
            ]
        );
    }
}
