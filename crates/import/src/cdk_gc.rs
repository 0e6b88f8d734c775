//! The command line of `cdk gc`: <https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-gc.html>.
//!
//! It looks at the tagged images of the bootstrap stack's repository, and deletes those that no
//! template of the account and Region names, once they are old enough, and have been marked as
//! isolated for long enough: a grace, which every run here counts.

use std::ops::Range;

use ecr_sweep_core::{Account, Pattern, Region};
use ecr_sweep_policy::nearest;
use ecr_sweep_policy::reading::{Complaint, Problems};

use super::draft::{Clause, Draft, Rule};
use super::value::{DAYS, days_of, every};

/// The repository of the stack that `cdk bootstrap` makes where nothing else is said.
const REPOSITORY: &str = "cdk-hnb659fds-container-assets";

const WITH_VALUE: [&str; 17] = [
    "--action",
    "--type",
    "--rollback-buffer-days",
    "--created-buffer-days",
    "--bootstrap-stack-name",
    "--toolkit-stack-name",
    "--unstable",
    "--profile",
    "--app",
    "--context",
    "--role-arn",
    "--output",
    "--plugin",
    "--proxy",
    "--ca-bundle-path",
    "--progress",
    "--confirm",
];

const ALONE: [&str; 16] = [
    "--no-confirm",
    "--yes",
    "--force",
    "--verbose",
    "--debug",
    "--trace",
    "--strict",
    "--ci",
    "--json",
    "--quiet",
    "--color",
    "--no-color",
    "--notices",
    "--no-notices",
    "--version-reporting",
    "--no-version-reporting",
];

const SKIPPED: &str = "--unauth-native-cfn-stacks-to-skip";

/// One word of the command line, and where it stands.
struct Word<'t> {
    text: &'t str,
    span: Range<usize>,
}

struct Options<'p, 't> {
    problems: &'p Problems<'t>,
    given: Vec<(&'static str, Word<'t>)>,
    environments: Vec<Word<'t>>,
}

pub(crate) fn read(
    problems: &Problems<'_>,
    draft: Draft,
    repositories: &[Pattern],
) -> Option<Draft> {
    let options = Options::read(problems)?;
    let created = options.days("--created-buffer-days", 1);
    let rollback = options.days("--rollback-buffer-days", 0);
    let kind = options.word("--type", "all", &["ecr", "s3", "all"]);
    let action = options.word("--action", "full", &["full", "print", "tag", "delete-tagged"]);
    let names = options.repositories(repositories);
    let mut draft = draft.say(
        "`cdk gc` looks at the templates of CloudFormation in one account and Region. Here, they \
         and everything else that can name an image are looked at.",
    );
    match kind? {
        "s3" => {
            let message = "this is about a bucket, in which there are no images";
            options.refuse("--type", message, "`--type=ecr`");
            return None;
        }
        "all" => {
            draft = draft
                .say("The bucket of assets is none of ecr-sweep's: go on with `cdk gc --type=s3`.");
        }
        _ => {}
    }
    match action? {
        "print" | "tag" => {
            draft = draft.say(
                "That command line deletes nothing itself. `ecr-sweep plan` shows what would be.",
            );
        }
        _ => {}
    }
    let mut rule = Rule::named(&names?);
    if let Some(stack) = options.find("--bootstrap-stack-name") {
        rule = rule.say(format!("The repository of the bootstrap stack `{}`", stack.text));
    }
    let created = created?;
    if created > 0 {
        rule = rule.keep(Clause::new().with("pushed_within", format!("{created}d")));
    }
    rule = rule
        .keep(Clause::of_untagged().say("`cdk gc` does not look at untagged images.").for_ever());
    let rollback = rollback?;
    if rollback > 0 {
        rule = rule.set("grace", format!("{rollback}d"));
    }
    (!problems.any()).then(|| draft.rule(rule))
}

impl<'p, 't> Options<'p, 't> {
    /// The options after `gc`. None where there is no such command line.
    fn read(problems: &'p Problems<'t>) -> Option<Self> {
        let mut words =
            words(problems.text()).into_iter().skip_while(|word| word.text != "gc").peekable();
        if words.next().is_none() {
            let message = "there is no `cdk gc` in this";
            problems.add(0..0, String::new(), Complaint::new(message, "`cdk gc` with its options"));
            return None;
        }
        let mut options = Self { problems, given: Vec::new(), environments: Vec::new() };
        while let Some(word) = words.next() {
            match word.text {
                text if is_of_the_shell(text) => break,
                text if text.starts_with("--") => {
                    let (name, value) = match text.split_once('=') {
                        Some((name, value)) => {
                            let start = word.span.start + name.len() + 1;
                            (name, Some(Word { text: value, span: start..word.span.end }))
                        }
                        None => (text, None),
                    };
                    if let Some(known) = WITH_VALUE.into_iter().find(|known| *known == name) {
                        let is_flag = known == "--confirm";
                        let follows =
                            |word: &Word<'_>| !is_flag || ["true", "false"].contains(&word.text);
                        let value = value.or_else(|| words.next_if(follows));
                        options.take(known, value, word.span);
                    } else if name == SKIPPED {
                        let message =
                            "stacks that are passed over may name images, and nothing is here";
                        let complaint = Complaint::new(message, "no such option");
                        problems.add(word.span, name.to_owned(), complaint);
                        // Its patterns, as many as there are.
                        while words.peek().is_some_and(|word| {
                            !is_of_the_shell(word.text) && !word.text.starts_with('-')
                        }) {
                            words.next();
                        }
                    } else if !ALONE.contains(&name) {
                        let known = WITH_VALUE.into_iter().chain(ALONE);
                        let complaint = Complaint::new(
                            format!("`cdk gc` has no option `{name}`"),
                            "an option that it has",
                        );
                        let complaint = complaint.suggest(nearest(name, known));
                        problems.add(word.span, name.to_owned(), complaint);
                    }
                }
                text if text.starts_with("aws://") => options.environments.push(word),
                text => {
                    let message = format!("`{text}` is not what goes here");
                    let complaint = Complaint::new(message, "an option, or `aws://ACCOUNT/REGION`");
                    problems.add(word.span, String::new(), complaint);
                }
            }
        }
        if let Some(second) = words.find(|word| word.text == "gc") {
            let complaint =
                Complaint::new("a second `gc` begins here", "one command line in a file");
            problems.add(second.span, String::new(), complaint);
        }
        Some(options)
    }

    fn take(&mut self, name: &'static str, value: Option<Word<'t>>, span: Range<usize>) {
        let is_flag = name == "--confirm";
        match value.filter(|value| value.text != "\n") {
            Some(_) if self.find(name).is_some() && name != "--context" => {
                let complaint = Complaint::new(format!("`{name}` stands here twice"), "it once");
                self.problems.add(span, name.to_owned(), complaint);
            }
            Some(value) => self.given.push((name, value)),
            None if is_flag => {}
            None => {
                let complaint =
                    Complaint::new(format!("`{name}` has no value"), "a value after it");
                self.problems.add(span, name.to_owned(), complaint);
            }
        }
    }

    fn find(&self, name: &str) -> Option<&Word<'t>> {
        self.given.iter().find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    fn refuse(&self, name: &str, message: impl Into<String>, expected: &str) {
        if let Some(value) = self.find(name) {
            let complaint = Complaint::new(message, expected);
            self.problems.add(value.span.clone(), name.to_owned(), complaint);
        }
    }

    fn days(&self, name: &str, default: u32) -> Option<u32> {
        let Some(value) = self.find(name) else { return Some(default) };
        let days = days_of(value.text);
        if days.is_none() {
            self.refuse(name, format!("`{}` is no number of days", value.text), DAYS);
        }
        days
    }

    fn word<'w>(&self, name: &str, default: &'w str, words: &[&'w str]) -> Option<&'w str> {
        let Some(value) = self.find(name) else { return Some(default) };
        let known = words.iter().copied().find(|word| *word == value.text);
        if known.is_none() {
            let message = format!("`{}` is not what goes here", value.text);
            self.refuse(name, message, &words.join(", "));
        }
        known
    }

    /// The bootstrap repository of each environment; of all, where none is named.
    fn repositories(&self, given: &[Pattern]) -> Option<Vec<String>> {
        if !given.is_empty() {
            return Some(given.iter().map(|pattern| pattern.as_str().to_owned()).collect());
        }
        for stack in ["--bootstrap-stack-name", "--toolkit-stack-name"] {
            if self.find(stack).is_some_and(|name| name.text != "CDKToolkit") {
                let message =
                    "the repository of another bootstrap stack has a name that only it knows";
                self.refuse(stack, message, "`--repository` with the name of its repository");
                return None;
            }
        }
        if self.environments.is_empty() {
            return Some(vec![format!("{REPOSITORY}-*")]);
        }
        every(self.environments.iter().map(|word| self.repository_in(word)))
    }

    fn repository_in(&self, environment: &Word<'t>) -> Option<String> {
        let place = environment.text.strip_prefix("aws://").and_then(|it| it.split_once('/'));
        let place = place.filter(|(account, region)| {
            account.parse::<Account>().is_ok() && region.parse::<Region>().is_ok()
        });
        if place.is_none() {
            let message = format!("`{}` is no environment", environment.text);
            let complaint = Complaint::new(message, "`aws://ACCOUNT/REGION`");
            self.problems.add(environment.span.clone(), String::new(), complaint);
        }
        place.map(|(account, region)| format!("{REPOSITORY}-{account}-{region}"))
    }
}

/// Whether a word ends a command.
fn is_of_the_shell(word: &str) -> bool {
    ["\n", ";", "|", "&&", "||"].contains(&word)
}

/// The words of a shell's text, without quotes around them, and the ends of its lines. Comments are
/// left out, and a line that ends with a backslash goes on.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = if rest.starts_with("\\\n") {
            2
        } else if rest.starts_with("\\\r\n") {
            3
        } else if rest.starts_with('\n') {
            words.push(Word { text: "\n", span: at..at + 1 });
            1
        } else if rest.starts_with('#') {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with(char::is_whitespace) {
            rest.chars().next().map_or(1, char::len_utf8)
        } else {
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let word = &rest[..length];
            let bare = word.trim_matches(['"', '\'']);
            let start = at + (word.len() - word.trim_start_matches(['"', '\'']).len());
            words.push(Word { text: bare, span: start..start + bare.len() });
            length
        };
        at += length;
    }
    words
}
