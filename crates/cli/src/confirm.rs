//! Asks before anything is deleted.

use std::io::{self, BufRead, IsTerminal as _, Write};

use ecr_sweep_core::Summary;
use ecr_sweep_protocol::documents::RunSummary;

use crate::render::styles::{DELETE, FAINT};
use crate::render::{Count, counted};

/// Whether there is somebody to ask.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// What is to be deleted, in numbers.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    plan: Summary,
    repositories: u64,
    /// Whether each image is copied to the vault before it goes.
    can_come_back: bool,
}

impl From<&RunSummary> for Asked {
    fn from(planned: &RunSummary) -> Self {
        let deleting = || planned.repositories.iter().filter(|it| it.plan.delete > 0);
        Self {
            plan: planned.totals.plan,
            repositories: deleting().count() as u64,
            can_come_back: deleting().all(|it| it.to_vault.is_some()),
        }
    }
}

/// Asks on the terminal whether so much is to be deleted.
pub fn ask(asked: Asked) -> io::Result<bool> {
    ask_on(&mut io::stdin().lock(), &mut anstream::stderr(), asked)
}

/// Asks on the terminal whether a state machine is to delete what it will have planned.
pub fn ask_to_sweep(state_machine: &str) -> io::Result<bool> {
    let mut output = anstream::stderr();
    write!(
        output,
        "\n{DELETE}Let {state_machine} delete what it plans?{DELETE:#} There is no way back.\n\
         {FAINT}Nobody sees the plan before, unless the deployment asks for approval; `--plan RUN` deletes one that was seen.{FAINT:#}\n\
         Type `delete` to go on: "
    )?;
    output.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "delete")
}

fn ask_on(input: &mut impl BufRead, output: &mut impl Write, asked: Asked) -> io::Result<bool> {
    let Asked { plan, repositories, can_come_back } = asked;
    let bytes = plan.frees();
    let of = counted(repositories, "repository");
    let (deleted, archive) = (Count(plan.deleted()), Count(plan.archive));
    let together = Count(plan.delete);
    let way_back = if can_come_back {
        "Each is copied to the vault first: `ecr-sweep restore` brings it back."
    } else {
        "There is no way back."
    };
    let question = match (plan.deleted(), plan.archive) {
        (_, 0) => {
            format!("Delete {deleted} images of {of} ({bytes})?{DELETE:#} {way_back}")
        }
        (0, _) => format!(
            "Archive {archive} images of {of}?{DELETE:#} Nobody can pull them then; they can be restored."
        ),
        _ => format!(
            "Delete {deleted} images ({bytes}) and archive {archive} of {of}, {together} together?{DELETE:#} What is archived can be restored; what is deleted: {way_back}"
        ),
    };
    write!(
        output,
        "\n{DELETE}{question}\n\
         {FAINT}Usage is scanned and the plan made again first; only what both plans delete goes.{FAINT:#}\n\
         Type the number of images to go on: "
    )?;
    output.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(is_number(&answer, plan.delete))
}

/// Whether the answer is the number, with or without its commas.
fn is_number(answer: &str, number: u64) -> bool {
    answer.trim().replace(',', "").parse() == Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask_with(answer: &str) -> (bool, String) {
        ask_of(answer, false)
    }

    fn ask_of(answer: &str, can_come_back: bool) -> (bool, String) {
        let plan = Summary { delete: 1_234, delete_bytes: 3 << 30, ..Summary::default() };
        let asked = Asked { plan, repositories: 2, can_come_back };
        let mut output = Vec::new();
        let is_yes = ask_on(&mut answer.as_bytes(), &mut output, asked).unwrap();
        (is_yes, anstream::adapter::strip_str(str::from_utf8(&output).unwrap()).to_string())
    }

    #[test]
    fn what_is_archived_is_asked_for_apart() {
        let ask = |delete, archive| {
            let plan = Summary { delete, archive, ..Summary::default() };
            let asked = Asked { plan, repositories: 1, can_come_back: false };
            let mut output = Vec::new();
            assert!(ask_on(&mut delete.to_string().as_bytes(), &mut output, asked).unwrap());
            String::from_utf8(output).unwrap()
        };
        assert!(ask(5, 5).contains("Archive 5 images of 1 repository?"), "{}", ask(5, 5));
        let both = ask(8, 5);
        assert!(both.contains("Delete 3 images") && both.contains("archive 5 of"), "{both}");
        assert!(both.contains("8 together"), "{both}");
    }

    #[test]
    fn the_question_says_how_much_goes() {
        let (_, question) = ask_with("");
        assert!(
            question.contains("Delete 1,234 images of 2 repositories (at most 3.0 GiB)?"),
            "{question}"
        );
        assert!(question.contains("There is no way back."), "{question}");
    }

    #[test]
    fn where_the_vault_has_them_the_question_says_that_they_can_come_back() {
        let (_, question) = ask_of("", true);
        assert!(question.contains("`ecr-sweep restore` brings it back"), "{question}");
        assert!(!question.contains("no way back"), "{question}");
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
