//! The policy of the simulated account: three newest images stay, whatever their age.

/// Sources that are not built are off: nothing there uses images.
pub const POLICY: &str = "\
schema_version: 1
scope:
  consumers: { regions: [eu-west-1] }
  off:
    - { source: app-runner, reason: nothing there uses images }
    - { source: batch, reason: nothing there uses images }
    - { source: sagemaker, reason: nothing there uses images }
    - { source: codebuild, reason: nothing there uses images }
    - { source: events, reason: nothing there uses images }
    - { source: step-functions, reason: nothing there uses images }
    - { source: kubernetes, reason: nothing there uses images }
    - { source: cloudformation, reason: nothing there uses images }
    - { source: inspector, reason: nothing there uses images }
    - { source: files, reason: nothing there uses images }
repositories:
  - match: { name: [\"dev/*\"] }
    keep: { newest: 3 }
";
