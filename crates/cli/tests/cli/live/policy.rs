//! The policy of the simulated account: three newest images stay, whatever their age.

use std::sync::LazyLock;

use ecr_sweep_test_world::off_unbuilt;

/// Sources that are not built are off.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "\
schema_version: 1
scope:
  consumers: {{ regions: [eu-west-1] }}
  off:
{}repositories:
  - match: {{ name: [\"dev/*\"] }}
    keep: {{ newest: 3 }}
",
        off_unbuilt()
    )
});
