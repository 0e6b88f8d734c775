//! Every key that the reader knows, level by level.

/// The keys of one mapping of the policy.
#[derive(Debug)]
pub struct Level {
    /// Where it stands, such as `repositories[].keep`; empty for the whole file.
    pub path: &'static str,
    /// The keys that it may have.
    pub keys: &'static [&'static str],
}

macro_rules! levels {
    ($($name:ident $path:literal [$($key:literal),+ $(,)?])+) => {
        $(pub(super) const $name: Level = Level { path: $path, keys: &[$($key),+] };)+

        /// Every mapping whose keys the policy names. The JSON Schema has the same.
        pub const LEVELS: &[Level] = &[$($name),+];
    };
}

levels! {
    POLICY "" [
        "schema_version", "scope", "usage", "minimum_age", "minimum_idle", "repositories",
        "limits", "plan_max_age", "evidence_max_age",
    ]
    SCOPE "scope" ["registries", "consumers", "role", "off"]
    REGISTRIES "scope.registries" ["accounts", "regions"]
    CONSUMERS "scope.consumers" ["accounts", "regions"]
    OFF "scope.off[]" ["source", "accounts", "regions", "clusters", "reason"]
    USAGE "usage" ["ecs", "files", "aliases"]
    ECS "usage.ecs" ["task_definition_revisions"]
    FILES "usage.files[]" ["path", "max_age"]
    RULE "repositories[]" ["match", "keep", "limits", "grace", "action", "notify"]
    MATCH "repositories[].match" ["name", "tags"]
    KEEP "repositories[].keep" [
        "pushed_within", "pulled_within", "newest", "spare", "tags", "tagged", "releases",
        "behind_tags", "behind_deployed",
    ]
    PUSHED_WITHIN "repositories[].keep.pushed_within" ["tag", "default"]
    NEWEST "repositories[].keep.newest" ["count", "of", "per"]
    SPARE "repositories[].keep.spare" ["count", "of", "per"]
    RELEASES "repositories[].keep.releases" ["newest", "per"]
    BEHIND_TAGS "repositories[].keep.behind_tags" ["tags", "within", "newest"]
    BEHIND_DEPLOYED "repositories[].keep.behind_deployed" ["revisions"]
    RULE_LIMITS "repositories[].limits" ["share", "images", "on_exceed"]
    ACTION "repositories[].action" ["archive_for"]
    NOTIFY "repositories[].notify" ["slack"]
    LIMITS "limits" ["share", "images", "on_exceed"]
}

impl Level {
    /// The same key one or more levels further in, as `keep.newest`.
    pub(super) fn further_in(&self, key: &str) -> Option<String> {
        LEVELS.iter().filter(|level| level.keys.contains(&key)).find_map(|level| {
            let rest = level.path.strip_prefix(self.path)?;
            let rest = rest.trim_start_matches('.');
            let is_inside = !rest.is_empty() && !rest.contains('[');
            is_inside.then(|| format!("{rest}.{key}"))
        })
    }
}
