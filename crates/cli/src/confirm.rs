//! Asks before anything is deleted.

use std::io::{self, BufRead, IsTerminal as _, Write};

use ecr_sweep_core::Summary;
use ecr_sweep_protocol::documents::RunSummary;

use terminal_size::{Width, terminal_size_of};

use crate::render::styles::{DELETE, FAINT};
use crate::render::{Count, counted, folded};

/// Whether there is somebody to ask.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// What is to be deleted, in numbers.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    plan: Summary,
    repositories: u64,
    /// How many of the images that are deleted are copied to the vault before.
    vaulted: u64,
}

impl From<&RunSummary> for Asked {
    fn from(planned: &RunSummary) -> Self {
        let repositories = || planned.repositories.iter();
        let vaulted = repositories().filter(|it| it.to_vault.is_some());
        Self {
            plan: planned.totals.plan,
            repositories: repositories().filter(|it| it.plan.delete > 0).count() as u64,
            vaulted: vaulted.map(|it| it.plan.deleted()).sum(),
        }
    }
}

/// Asks on the terminal whether so much is to be deleted.
pub fn ask(asked: Asked) -> io::Result<bool> {
    ask_on(&mut io::stdin().lock(), &mut anstream::stderr(), columns(), asked)
}

/// The columns of the terminal on which is asked.
fn columns() -> Option<usize> {
    terminal_size_of(io::stderr()).map(|(Width(columns), _)| columns.into())
}

/// Asks on the terminal whether a state machine is to delete what it will have planned.
pub fn ask_to_sweep(state_machine: &str) -> io::Result<bool> {
    let mut output = anstream::stderr();
    let question = format!(
        "{DELETE}Let {state_machine} delete what it plans?{DELETE:#} What goes comes back for certain only where \
         its policy has `undo_for`."
    );
    let advice = "Nobody sees the plan before, unless the deployment asks for approval; `--plan RUN` deletes one that was seen.";
    let (question, advice) = (folded(&question, columns(), 0), folded(advice, columns(), 0));
    write!(output, "\n{question}\n{FAINT}{advice}{FAINT:#}\nType `delete` to go on: ")?;
    output.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "delete")
}

/// Asks on the terminal whether a lock that cannot be read is to be taken away.
pub fn ask_to_take_lock_away() -> io::Result<bool> {
    let mut output = anstream::stderr();
    write!(
        output,
        "\n{DELETE}Take it away?{DELETE:#} A run that deletes now stops before its next batch.\n\
         Type `unlock` to go on: "
    )?;
    output.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "unlock")
}

fn ask_on(
    input: &mut impl BufRead,
    output: &mut impl Write,
    columns: Option<usize>,
    asked: Asked,
) -> io::Result<bool> {
    let question = question(asked);
    let question = folded(&question, columns, 0);
    let checked =
        "Usage is scanned and the plan made again first; only what both plans delete goes.";
    let checked = folded(checked, columns, 0);
    write!(
        output,
        "\n{question}\n{FAINT}{checked}{FAINT:#}\nType the number of images to go on: "
    )?;
    output.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(is_number(&answer, asked.plan.delete))
}

fn question(asked: Asked) -> String {
    let Asked { plan, repositories, vaulted } = asked;
    let bytes = plan.frees();
    let of = counted(repositories, "repository");
    let deleted = counted(plan.deleted(), "image");
    let way_back = way_back(plan.deleted(), vaulted);
    match (plan.deleted(), plan.archive) {
        (_, 0) => format!("{DELETE}Delete {deleted} of {of} ({bytes})?{DELETE:#} {way_back}"),
        (0, archive) => format!(
            "{DELETE}Archive {} of {of}?{DELETE:#} Nobody can pull what is archived; it can be restored.",
            counted(archive, "image")
        ),
        (_, archive) => format!(
            "{DELETE}Delete {deleted} ({bytes}) and archive {} of {of}, {} together?{DELETE:#} \
             What is archived can be restored. {way_back}",
            Count(archive),
            Count(plan.delete)
        ),
    }
}

/// What becomes of somebody's wish to have deleted images again.
fn way_back(deleted: u64, vaulted: u64) -> String {
    if vaulted >= deleted {
        "What is deleted is copied to the vault first: `ecr-sweep restore` brings it back."
            .to_owned()
    } else if vaulted == 0 {
        "No copy of what is deleted is kept: `ecr-sweep restore` brings back only what ECR still has the layers of."
            .to_owned()
    } else {
        format!(
            "The vault gets a copy of {} of those that are deleted first; of the others `ecr-sweep restore` brings \
             back only what ECR still has the layers of.",
            Count(vaulted)
        )
    }
}

/// Whether the answer is the number, with or without its commas.
fn is_number(answer: &str, number: u64) -> bool {
    answer.trim().replace(',', "").parse() == Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask_with(answer: &str) -> (bool, String) {
        ask_of(answer, 0, None)
    }

    fn ask_of(answer: &str, vaulted: u64, columns: Option<usize>) -> (bool, String) {
        let plan = Summary { delete: 1_234, delete_bytes: 3 << 30, ..Summary::default() };
        let asked = Asked { plan, repositories: 2, vaulted };
        let mut output = Vec::new();
        let is_yes = ask_on(&mut answer.as_bytes(), &mut output, columns, asked).unwrap();
        (is_yes, anstream::adapter::strip_str(str::from_utf8(&output).unwrap()).to_string())
    }

    #[test]
    fn what_is_archived_is_asked_for_apart() {
        let ask = |delete, archive| {
            let plan = Summary { delete, archive, ..Summary::default() };
            question(Asked { plan, repositories: 1, vaulted: 0 })
        };
        assert!(ask(5, 5).contains("Archive 5 images of 1 repository?"), "{}", ask(5, 5));
        assert!(!ask(5, 5).contains("deleted"), "{}", ask(5, 5));
        let both = ask(8, 5);
        assert!(both.contains("Delete 3 images") && both.contains("archive 5 of"), "{both}");
        assert!(both.contains("8 together"), "{both}");
        assert!(both.contains("No copy of what is deleted is kept"), "{both}");
    }

    #[test]
    fn the_question_says_how_much_goes() {
        let (_, question) = ask_with("");
        assert!(
            question.contains("Delete 1,234 images of 2 repositories (at most 3.0 GiB)?"),
            "{question}"
        );
        assert!(question.contains("No copy of what is deleted is kept"), "{question}");
    }

    #[test]
    fn one_image_is_one() {
        let plan = Summary { delete: 1, ..Summary::default() };
        let question = question(Asked { plan, repositories: 1, vaulted: 0 });
        assert!(question.contains("Delete 1 image of 1 repository"), "{question}");
    }

    #[test]
    fn the_question_says_of_what_the_vault_has_a_copy() {
        let (_, question) = ask_of("", 1_234, None);
        assert!(question.contains("`ecr-sweep restore` brings it back"), "{question}");
        assert!(!question.contains("No copy"), "{question}");
        let (_, question) = ask_of("", 1_200, None);
        assert!(question.contains("a copy of 1,200 of those that are deleted"), "{question}");
        assert!(question.contains("of the others"), "{question}");
    }

    #[test]
    fn the_question_is_folded_between_words() {
        let (_, question) = ask_of("", 1_200, Some(80));
        assert!(question.lines().all(|line| line.chars().count() <= 80), "{question}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&question), words(&ask_of("", 1_200, None).1));
    }

    #[test]
    fn only_the_number_of_images_is_a_yes() {
        for answer in ["1234\n", "1,234\n", " 1234 \r\n", "1234"] {
            assert!(ask_with(answer).0, "{answer:?}");
        }
        for answer in ["", "\n", "y\n", "yes\n", "1233\n", "-1234\n", "1234 images\n"] {
            assert!(!ask_with(answer).0, "{answer:?}");
        }
    }
}
