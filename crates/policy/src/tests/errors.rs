use super::{Use, errors, read, with_keep, with_rule, with_settings};

/// Each text has exactly these errors, in this order.
fn assert_errors(cases: &[(String, &[&str])]) {
    for (text, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|line| format!("p.yaml:{line}")).collect();
        assert_eq!(errors(text), expected, "{text}");
    }
}

#[test]
fn a_file_that_is_no_policy_is_told_in_one_error() {
    let empty = "1:1: the policy is empty; expected `schema_version: 1` and `repositories`";
    assert_errors(&[
        (String::new(), &[empty]),
        ("# nothing\n\n".into(), &[empty]),
        ("---\n".into(), &[empty]),
        ("- a\n".into(), &["1:1: the policy is a list; expected the settings of a policy"]),
        ("a\n".into(), &["1:1: `a` is not what goes here; expected the settings of a policy"]),
        (" ".repeat(1_048_577), &["1:1: the policy has 1048577 bytes; expected at most 1048576"]),
    ]);
}

#[test]
fn the_version_is_required_and_another_one_is_the_only_error() {
    assert_errors(&[
        (
            "repositories: [{ keep: { newest: 1 } }]".into(),
            &["1:1: `schema_version` is missing; expected `schema_version: 1`"],
        ),
        (
            "schema_version: 2\nsomething: new\n".into(),
            &[
                "1:17: this version of ecr-sweep does not read this version of the policy; expected `1`",
            ],
        ),
        (
            "schema_version: \"1\"\nrepositories: [{ keep: { newest: 1 } }]".into(),
            &["1:17: `\"1\"` is a text; expected a whole number, 0 or more; did you mean `1`?"],
        ),
    ]);
}

#[test]
fn yaml_that_does_not_parse_has_a_line_and_a_column() {
    assert_errors(&[
        (
            "schema_version: 1\nrepositories:\n\t- keep: 1\n".into(),
            &[
                "3:2: this is not YAML: tabs disallowed within this context (block indentation); expected spaces for indentation",
            ],
        ),
        (
            "schema_version: 1\nlimits: { share: \"a\n".into(),
            &[
                "2:18: this is not YAML: while scanning a quoted scalar, found unexpected end of stream; expected a closing quote",
            ],
        ),
        (
            "schema_version: 1\nlimits: a: b\n".into(),
            &[
                "2:10: this is not YAML: mapping values are not allowed in this context; expected keys of one level to begin in one column, and quotes around a text with `: ` in it",
            ],
        ),
        (
            "a: 1\n---\nb: 1\n".into(),
            &["2:1: a second YAML document begins here; expected one policy in one document"],
        ),
        (
            "a\u{0}: 1".into(),
            &["1:2: this is not YAML: found unprintable character; expected valid YAML"],
        ),
        (
            "[".repeat(40),
            &["1:33: nested more than 32 levels deep; expected the settings of a policy"],
        ),
    ]);
}

#[test]
fn a_pattern_without_its_quotes_is_told_so() {
    let alias = "a `*` at the beginning, without quotes, is a YAML alias, which a policy has not; expected quotes around the text; did you mean";
    assert_errors(&[
        (with_keep("tags: [*]"), &[&format!("3:20: {alias} `\"*\"`?")]),
        (with_keep("tags: [a, */b]"), &[&format!("3:23: {alias} `\"*/b\"`?")]),
        (with_rule("match: { name: *prod }"), &[&format!("3:20: {alias} `\"*prod\"`?")]),
        (
            with_rule("notify: { slack: [#payments] }"),
            &[
                "3:23: a text without quotes cannot begin with `#`; expected quotes around the text; did you mean `\"#payments\"`?",
            ],
        ),
        (
            with_keep("tags: [!v1]"),
            &[
                "3:20: YAML tags are not read; expected the value without a tag; quotes if it begins with `!`",
            ],
        ),
    ]);
}

#[test]
fn aliases_anchors_and_merge_keys_are_refused() {
    assert_errors(&[(
        "schema_version: 1\nrepositories:\n  - keep: &keep { newest: 1 }\n  - keep: *keep\n  - <<: { keep: { newest: 1 } }\n".into(),
        &[
            "3:11: anchors are not read; expected the value itself, wherever it holds",
            "4:11: a `*` at the beginning, without quotes, is a YAML alias, which a policy has not; expected quotes around the text; did you mean `\"*keep\"`?",
            "5:5: merge keys are not read; expected the settings themselves",
            "5:5: `keep` is missing; expected at least one keep rule, such as `keep: { pushed_within: 90d }`",
        ],
    )]);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    assert_errors(&[
        (
            with_settings("minimum_ag: 7d"),
            &[
                "2:1: there is no setting `minimum_ag` here; expected `schema_version`, `scope`, `usage`, `minimum_age`, `minimum_idle`, `repositories`, `limits`, `plan_max_age`, `evidence_max_age`, `vault`, `prices`, `notify` or `sizes`; did you mean `minimum_age`?",
            ],
        ),
        (
            with_rule("keep: { newest: 1 }\n    newest: 3"),
            &[
                "4:5: there is no setting `newest` here; expected `match`, `keep`, `judge`, `limits`, `grace`, `action`, `undo_for` or `notify`; did you mean `keep.newest`?",
            ],
        ),
        (
            with_rule("keep: { newest: 1 }\n    colour: red"),
            &[
                "4:5: there is no setting `colour` here; expected `match`, `keep`, `judge`, `limits`, `grace`, `action`, `undo_for` or `notify`",
            ],
        ),
    ]);
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    assert_errors(&[
        (
            with_settings("minimum_age: 7d\nminimum_age: 8d"),
            &["3:1: `minimum_age` stands here twice, and on line 2 before; expected each key once"],
        ),
        (
            with_rule("match: { tags: { a: x, a: y } }\n    keep: { newest: 1 }"),
            &["3:28: `a` stands here twice, and on line 3 before; expected each key once"],
        ),
    ]);
}

#[test]
fn every_kind_of_value_says_what_it_should_be() {
    let duration = "expected a whole number and one of s, m, h, d or w, such as `90d`";
    let share = "expected a percentage from 0% to 100%, such as `50%`";
    let account = "expected an account of 12 digits, such as `\"111122223333\"`";
    let region = "expected a Region's code, such as `eu-west-1`";
    let pattern =
        "expected a pattern: `*` for any run of characters, `?` for one, or `/regular expression/`";
    assert_errors(&[
        (
            with_settings("minimum_age: 7"),
            &[&format!("2:14: `7` is not a duration; {duration}; did you mean `7d`?")],
        ),
        (
            with_settings("minimum_age: 2 hours"),
            &[&format!("2:14: `2 hours` is not a duration; {duration}; did you mean `2h`?")],
        ),
        (
            with_settings("minimum_age: -1d"),
            &[&format!("2:14: `-1d` is not a duration; {duration}")],
        ),
        (
            with_settings("limits: { share: 101% }"),
            &[&format!("2:18: `101%` is not a share; {share}")],
        ),
        (
            with_settings("limits: { share: 0.5 }"),
            &[&format!("2:18: `0.5` is not a share; {share}; did you mean `50%`?")],
        ),
        (
            with_settings("scope: { registries: { accounts: [11112222333, 1111-2222-3333] } }"),
            &[
                &format!(
                    "2:35: `11112222333` is not an AWS account id; {account}; did you mean `011112222333`?"
                ),
                &format!(
                    "2:48: `1111-2222-3333` is not an AWS account id; {account}; did you mean `111122223333`?"
                ),
            ],
        ),
        (
            with_settings("scope: { registries: { regions: [eu-west-1a, Ireland] } }"),
            &[
                &format!(
                    "2:34: `eu-west-1a` is not an AWS Region; {region}; did you mean `eu-west-1`?"
                ),
                &format!("2:46: `Ireland` is not an AWS Region; {region}"),
            ],
        ),
        (
            with_keep("tags: [\"/v(/\", \"\"]"),
            &[
                &format!("3:20: `/v(/` is not a regular expression: unclosed group; {pattern}"),
                &format!("3:28: an empty pattern matches nothing; {pattern}"),
            ],
        ),
        (
            with_keep("tagged: false"),
            &["3:21: `false` is none of the words that go here; expected `true`"],
        ),
    ]);
}

#[test]
fn a_number_is_whole_plain_and_in_range() {
    let count = "expected a whole number, 0 or more";
    for (written, complaint, suggestion) in [
        ("-3", "`-3` is negative", None),
        ("1.5", "`1.5` is not a whole number", None),
        ("five", "`five` is not a whole number", None),
        ("0x10", "`0x10` is not a whole number", None),
        ("18446744073709551616", "`18446744073709551616` is too large", None),
        ("\"5\"", "`\"5\"` is a text", Some("5")),
        ("007", "`007` begins with a zero", Some("7")),
    ] {
        let suggestion = suggestion.map(|s| format!("; did you mean `{s}`?")).unwrap_or_default();
        let expected = format!("p.yaml:3:21: {complaint}; {count}{suggestion}");
        assert_eq!(errors(&with_keep(&format!("newest: {written}"))), [expected]);
    }
    let revisions = with_keep("behind_deployed: { revisions: 4294967296 }");
    assert_eq!(errors(&revisions), [format!("p.yaml:3:43: `4294967296` is too large; {count}")]);
}

#[test]
fn a_duration_of_a_rule_is_told_where_it_stands() {
    let duration = "expected a whole number and one of s, m, h, d or w, such as `90d`";
    for (keep, expected) in [
        ("used_within: 30", "3:26: `30` is not a duration; DURATION; did you mean `30d`?"),
        ("used_within: soon", "3:26: `soon` is not a duration; DURATION"),
        ("usedwithin: 30d", "3:13: there is no setting `usedwithin` here; "),
    ] {
        let [error] = &errors(&with_keep(keep))[..] else { panic!("{keep}") };
        let expected = format!("p.yaml:{}", expected.replace("DURATION", duration));
        assert!(error.starts_with(&expected), "{error}");
    }
    let [slip] = &errors(&with_keep("usedwithin: 30d"))[..] else { panic!() };
    assert!(slip.ends_with("did you mean `used_within`?"), "{slip}");
}

#[test]
fn a_rule_that_keeps_nothing_is_an_error() {
    let words = "`pushed_within`, `pulled_within`, `used_within`, `newest`, `spare`, `tags`, `tagged`, `releases`, `behind_tags` or `behind_deployed`";
    assert_errors(&[
        (
            with_rule("match: { name: a }"),
            &[
                "3:5: `keep` is missing; expected at least one keep rule, such as `keep: { pushed_within: 90d }`",
            ],
        ),
        (
            with_rule("keep: {}"),
            &[&format!("3:5: nothing would be kept: there is no keep rule; expected {words}")],
        ),
        (
            with_rule("keep:"),
            &[&format!("3:5: `repositories[0].keep` is empty; expected `of`, {words}")],
        ),
        (
            with_rule("keep: [{ newest: 1 }, { of: untagged }]"),
            &[&format!("3:27: nothing would be kept: there is no keep rule; expected {words}")],
        ),
        (
            with_rule("keep: [{ newest: 1 }, { of: taged, newst: 1 }]"),
            &[
                "3:33: `taged` is none of the words that go here; expected `tagged`, `untagged`, `any`, `active` or `archived`; did you mean `tagged`?",
                &format!(
                    "3:40: there is no setting `newst` here; expected `of`, {words}; did you mean `newest`?"
                ),
            ],
        ),
        (
            with_keep("of: { tags: [a], except_tags: [b] }, newest: 1"),
            &[
                "3:13: a clause looks at images by one list of tags; expected `tags`, `all_tags`, `except_tags` or `without_tags`",
            ],
        ),
        (
            with_keep("spare: { count: 1, by: pulled }"),
            &["3:32: there is no setting `by` here; expected `count`, `of` or `per`"],
        ),
        (
            with_rule("keep: []"),
            &[&format!("3:11: an empty list says nothing; expected `of`, {words}")],
        ),
        (
            with_keep("tags: []"),
            &[
                "3:19: an empty list says nothing; expected a list: a pattern: `*` for any run of characters, `?` for one, or `/regular expression/`",
            ],
        ),
        (
            with_keep("behind_tags: { within: 3d }"),
            &["3:13: `tags` is missing; expected the tags of the images to count from"],
        ),
    ]);
    let none = "schema_version: 1\n";
    assert!(
        errors(none)[0].starts_with("p.yaml:1:1: `repositories` is missing; expected at least")
    );
    let empty = "schema_version: 1\nrepositories: []\n";
    assert!(errors(empty)[0].starts_with("p.yaml:2:15: an empty list says nothing; expected at"));
}

#[test]
fn a_role_is_a_name_without_its_account() {
    let role = |text: &str| with_settings(&format!("scope: {{ role: {text:?} }}"));
    let expected = "is not the name of a role; expected the name of a role, such as `EcrSweepRead`";
    let arn = "arn:aws:iam::111122223333:role/ops/Read";
    let suggestion = "; did you mean `ops/Read`?";
    assert_errors(&[
        (role(arn), &[&format!("2:16: `{arn}` {expected}{suggestion}")]),
        (role("/Read"), &[&format!("2:16: `/Read` {expected}")]),
        (role("ops:Read"), &[&format!("2:16: `ops:Read` {expected}")]),
    ]);
    assert!(read("p.yaml", &role("ops/Read"), Use::Live).is_ok());
}

#[test]
fn what_is_off_names_a_place_or_source_and_a_reason() {
    let off = |entry: &str| with_settings(&format!("scope: {{ off: [{{ {entry} }}] }}"));
    assert_errors(&[
        (
            off("reason: because"),
            &[
                "2:16: this would turn everything off: it names no source and no place; expected `reason`, with `source`, `accounts`, `regions` or `clusters`",
            ],
        ),
        (
            off("source: sagemkr"),
            &[
                "2:16: `reason` is missing; expected why it is safe not to look",
                "2:26: `sagemkr` is not a usage source; expected `ecs`, `lambda`, `app-runner`, `batch`, `sagemaker`, `codebuild`, `events`, `step-functions`, `kubernetes`, `cloudformation`, `bedrock-agentcore`, `codepipeline`, `emr-serverless`, `emr-eks`, `emr-ec2`, `elastic-beanstalk`, `healthomics`, `image-builder`, `greengrass`, `ssm`, `codedeploy`, `lightsail`, `gamelift`, `iot-sitewise`, `clean-rooms-ml`, `braket`, `ec2-launch`, `inspector` or `files`; did you mean `sagemaker`?",
            ],
        ),
        (off("source: ecs, reason: \" \""), &["2:39: an empty text says nothing; expected a text"]),
        (
            off("source: ecs, reason: \"...\""),
            &["2:39: `...` is no reason; expected a reason, in words"],
        ),
        (
            off("source: ecs, reason: x, even_if_used: yes"),
            &["2:56: `yes` is none of the words that go here; expected `true`"],
        ),
        (
            with_settings(
                "scope: { registries: { organization: true, units: [ou-abcd-12345678] } }",
            ),
            &[
                "2:44: `units` are part of the organization, and all of it is taken; expected `units` or `organization: true`",
            ],
        ),
        (
            with_settings("scope: { consumers: { units: [r-abcd, o/ou-abcd-12345678] } }"),
            &[
                "2:31: `r-abcd` is not an organizational unit; expected the id of an organizational unit, such as `ou-abcd-12345678`",
                "2:39: `o/ou-abcd-12345678` is not an organizational unit; expected the id of an organizational unit, such as `ou-abcd-12345678`; did you mean `ou-abcd-12345678`?",
            ],
        ),
        (
            with_settings("scope: { registries: { except: [\"111122223333\"] } }"),
            &[
                "2:24: `except` leaves out accounts of the organization, and it is not taken; expected `organization: true` or `units` beside it",
            ],
        ),
        (
            off("clusters: [lab], reason: x"),
            &["2:18: `clusters` are those of kubernetes; expected `source: kubernetes` beside it"],
        ),
        (
            off("source: ecs, accounts: [public], reason: x"),
            &[
                "2:18: `public` is whom a resource policy lets pull, whatever they run and wherever; expected `accounts` and `reason` alone",
            ],
        ),
        (
            off("accounts: [everybody], reason: x"),
            &[
                "2:29: `everybody` is none whose usage could be off; expected an account of 12 digits, `organization` or `public`",
            ],
        ),
    ]);
}

#[test]
fn an_alias_is_a_host_or_a_path_that_is_not_ecr_s() {
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    let alias = |name: &str, of: &str| {
        with_settings(&format!("usage:\n  aliases:\n    \"{name}\": \"{of}\""))
    };
    assert_errors(&[
        (
            alias("docker.io", &format!("{host}\"\n    \"index.docker.io\": \"{host}/hub")),
            &["5:5: this is the same as `docker.io`; expected each name once"],
        ),
        (
            alias("https://x.example/", host),
            &[
                "4:5: an alias is a host, or a host and a path, without scheme, tag and digest; expected one such as `registry.example.com` or `docker.io/library`; did you mean `x.example`?",
            ],
        ),
        (
            alias(host, host),
            &[
                "4:5: an ECR host stands for its own registry; expected the host of a mirror or proxy",
            ],
        ),
        (
            alias("x.example", "https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/"),
            &[
                "4:18: `https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/` is not the host of an ECR registry; expected the host of an ECR registry, such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com`, alone or with a path; did you mean `111122223333.dkr.ecr.eu-west-1.amazonaws.com`?",
            ],
        ),
    ]);
}

#[test]
fn a_value_of_the_wrong_shape_says_which_is_right() {
    assert_errors(&[
        (
            with_settings("scope: []"),
            &["2:8: `scope` is a list; expected `registries`, `consumers`, `role` or `off`"],
        ),
        (
            with_settings("limits: 50%"),
            &[
                "2:9: `50%` is not what goes here; expected `share`, `images`, `failures` or `asked_again`",
            ],
        ),
        (
            with_settings("limits: { on_exceed: oldest-first }"),
            &[
                "2:1: these limits limit nothing; expected `share`, `images`, `failures` or `asked_again`",
                "2:22: `oldest-first` is none of the words that go here; expected `block` or `oldest_first`; did you mean `oldest_first`?",
            ],
        ),
        (
            with_settings("minimum_age: [7d]"),
            &[
                "2:14: `minimum_age` is a list; expected a whole number and one of s, m, h, d or w, such as `90d`",
            ],
        ),
        (
            with_keep("tags: latest"),
            &[
                "3:19: `latest` is not what goes here; expected a list: a pattern: `*` for any run of characters, `?` for one, or `/regular expression/`; did you mean `[\"latest\"]`?",
            ],
        ),
        (
            with_settings("usage: { ecs: { task_definition_revisions: al } }"),
            &[
                "2:44: `al` is not a whole number; expected `all`, or how many of each family; did you mean `all`?",
            ],
        ),
        (
            with_settings("{ a: b }: c"),
            &["2:1: a key has to be one text; expected the name of a setting"],
        ),
    ]);
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_text_with_their_settings() {
    let text = "repositories:\n  - keep: { newst: 5, spare: { of: tagged } }\n    action: { archive_for: soon }\n  - keep: { tags: [a, \"/(/\"] }\nminimum_age: 7\n";
    let errors = read("p.yaml", text, Use::Offline).unwrap_err().errors;
    let found: Vec<(&str, &str)> =
        errors.iter().map(|error| (error.path.as_str(), &text[error.span.clone()])).collect();
    assert_eq!(
        found,
        [
            ("schema_version", "repositories:"),
            ("repositories[0].keep.newst", "newst"),
            ("repositories[0].keep.spare.count", "spare"),
            ("repositories[0].action.archive_for", "soon"),
            ("repositories[1].keep.tags[1]", "\"/(/\""),
            ("minimum_age", "7"),
        ]
    );
    assert_eq!(errors[1].suggestion.as_deref(), Some("newest"));
}

#[test]
fn columns_count_characters_and_spans_count_bytes() {
    let text = "\u{feff}schema_version: 1 # é\nrepositories:\n  - { match: { name: \"é\" }, keep: { newest: x } }\n";
    let error = read("p.yaml", text, Use::Offline).unwrap_err().errors.remove(0);
    assert_eq!((error.line, error.column, &text[error.span]), (3, 45, "x"));
}

#[test]
fn a_channel_is_no_person_and_no_text() {
    const EXPECTED: &str = "expected the name of a channel in quotes, such as `\"#payments\"`, or its id, such as `C0123ABCD`";
    let of_rule = |channel: &str| {
        with_rule(&format!("keep: {{ newest: 1 }}\n    notify: {{ slack: [{channel}] }}"))
    };
    let not_one = |text: &str, more: &str| {
        format!("4:23: `{text}` is not a channel of Slack; {EXPECTED}{more}")
    };
    for (channel, text, more) in [
        ("payments", "payments", "; did you mean `#payments`?"),
        ("\"#Big Team\"", "#Big Team", "; did you mean `#big-team`?"),
        ("\"@jane\"", "@jane", ""),
        ("\"\"", "", ""),
    ] {
        assert_errors(&[(of_rule(channel), &[&not_one(text, more)])]);
    }
    assert_errors(&[
        (
            with_settings("notify: { owners: { a: \"#a\" } }"),
            &[
                "2:1: `owner_tag` is missing; expected the tag of repositories that says whose they are, such as `owner_tag: team`",
            ],
        ),
        (
            with_settings("notify: { owner_tag: team, owners: {} }"),
            &[
                "2:36: an empty mapping says nothing; expected values of the tag, each with the channel of whom it names",
            ],
        ),
        (
            with_settings("notify: { owner_tag: team, owners: { a: b } }"),
            &[&format!("2:41: `b` is not a channel of Slack; {EXPECTED}; did you mean `#b`?")],
        ),
    ]);
}

#[test]
fn what_the_policy_names_is_not_off() {
    let text = "schema_version: 1
scope: { off: [{ source: files, reason: nobody writes any }] }
repositories:
  - keep: { newest: 1 }
";
    assert!(read("p.yaml", text, Use::Live).is_ok());
    let named = format!("{text}usage: {{ files: [{{ path: a, max_age: 1d }}] }}\n");
    assert_eq!(
        errors(&named),
        [
            "p.yaml:2:16: this turns off the files that `usage.files` names; expected no such row, or no `usage.files`"
        ]
    );
}
