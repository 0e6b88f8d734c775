//! Asks before anything is deleted.

use std::io::{self, BufRead, IsTerminal as _, Write};

use ecr_sweep_core::Summary;

use crate::render::styles::{DELETE, FAINT};
use crate::render::{Bytes, Count, counted};

/// Whether there is somebody to ask.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on the terminal whether so much is to be deleted.
pub fn ask(plan: &Summary, repositories: u64) -> io::Result<bool> {
    ask_on(&mut io::stdin().lock(), &mut anstream::stderr(), plan, repositories)
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

fn ask_on(
    input: &mut impl BufRead,
    output: &mut impl Write,
    plan: &Summary,
    repositories: u64,
) -> io::Result<bool> {
    let images = Count(plan.delete);
    let bytes = Bytes(plan.delete_bytes);
    let of = counted(repositories, "repository");
    write!(
        output,
        "\n{DELETE}Delete {images} images of {of} ({bytes})?{DELETE:#} There is no way back.\n\
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
        let plan = Summary { delete: 1_234, delete_bytes: 3 << 30, ..Summary::default() };
        let mut output = Vec::new();
        let is_yes = ask_on(&mut answer.as_bytes(), &mut output, &plan, 2).unwrap();
        (is_yes, anstream::adapter::strip_str(str::from_utf8(&output).unwrap()).to_string())
    }

    #[test]
    fn the_question_says_how_much_goes() {
        let (_, question) = ask_with("");
        assert!(
            question.contains("Delete 1,234 images of 2 repositories (3.0 GiB)?"),
            "{question}"
        );
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
