//! Calls that stop before their time is up, and go on in the next call.

use ecr_sweep_protocol::functions::{Cursor, Progressed};

use crate::StepError;

/// What a step came to that may have run out of time.
pub(super) enum Step {
    /// It is done.
    Done,
    /// It has got further: call again.
    Further(Progressed),
    /// It has got no further than the call before, and never will.
    Stuck(StepError),
}

/// What a step came to: an error of it is given back.
pub(super) fn step<T>(
    cursor: Option<Cursor>,
    result: Result<T, StepError>,
) -> Result<Step, StepError> {
    match result {
        Ok(_) => Ok(Step::Done),
        Err(StepError::OutOfTime { steps }) => {
            let calls = cursor.map_or(0, |cursor| cursor.calls) + 1;
            if cursor.is_some_and(|cursor| cursor.steps >= steps) {
                return Ok(Step::Stuck(StepError::OutOfTime { steps }));
            }
            Ok(Step::Further(Progressed { done: false, cursor: Some(Cursor { calls, steps }) }))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_gets_no_further_is_the_last() {
        let out_of_time = |steps| Err::<(), _>(StepError::OutOfTime { steps });
        let Ok(Step::Further(first)) = step(None, out_of_time(0)) else { panic!("it may go on") };
        assert_eq!(first.cursor, Some(Cursor { calls: 1, steps: 0 }));
        let Ok(Step::Further(second)) = step(first.cursor, out_of_time(5)) else {
            panic!("it got further")
        };
        assert_eq!(second.cursor, Some(Cursor { calls: 2, steps: 5 }));
        assert!(matches!(step(second.cursor, out_of_time(5)), Ok(Step::Stuck(_))));
        assert!(matches!(step(second.cursor, Ok(())), Ok(Step::Done)));
    }
}
