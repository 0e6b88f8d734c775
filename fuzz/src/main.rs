//! Feeds broken input to whatever reads what others wrote, until the time is up.

#![expect(clippy::unwrap_used, reason = "a lock that is poisoned means that a watcher panicked")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use ecr_sweep_fuzz::{MEMORY, Session, TARGETS, TIME, Target, allocated};

#[derive(Parser)]
#[command(name = "fuzz", about = "Feeds broken input to whatever reads what others wrote")]
struct Arguments {
    /// Only this target
    #[arg(value_parser = TARGETS.map(|target| target.name))]
    target: Option<String>,
    /// How long each target is fed
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The same inputs for the same seed; by default another one each time
    #[arg(long)]
    seed: Option<u64>,
    /// Where an input goes that something is wrong with
    #[arg(long, default_value = "target/fuzz-inputs")]
    inputs: PathBuf,
}

/// The input that is being tried, and since when.
type Current = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = arguments.seed.unwrap_or(clock.as_secs());
    println!("seed {seed}; at most {} s and {} MiB an input", TIME.as_secs(), MEMORY >> 20);
    println!(
        "{:<12} {:>10} {:>9} {:>10} {:>11} {:>14}",
        "target", "inputs", "accepted", "MiB read", "slowest ms", "allocated MiB"
    );
    let chosen = |target: &&Target| arguments.target.as_deref().is_none_or(|it| it == target.name);
    for target in TARGETS.iter().filter(chosen) {
        let current = Current::default();
        watch(target, &arguments.inputs, &current);
        if !feed(target, seed, &arguments, &current) {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Says whether nothing was wrong.
fn feed(target: &'static Target, seed: u64, arguments: &Arguments, current: &Current) -> bool {
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    let mut session = Session::new(target, seed);
    while Instant::now() < end {
        let input = session.input();
        *current.lock().unwrap() = Some((Instant::now(), input.clone()));
        let trial = session.attempt(input);
        let tried = current.lock().unwrap().take();
        if let (Some(problem), Some((_, input))) = (trial.problem(), tried) {
            report(target, &arguments.inputs, &problem, &input);
            return false;
        }
    }
    let totals = session.totals;
    println!(
        "{:<12} {:>10} {:>9} {:>10} {:>11.1} {:>14.1}",
        target.name,
        totals.inputs,
        totals.accepted,
        totals.bytes >> 20,
        totals.slowest.as_secs_f64() * 1e3,
        totals.allocated as f64 / f64::from(1 << 20)
    );
    true
}

/// Ends the program when an input has no end in time or memory.
fn watch(target: &'static Target, inputs: &Path, current: &Current) {
    let (inputs, current) = (inputs.to_owned(), Arc::clone(current));
    std::thread::spawn(move || {
        // Far above what one may take, so that a trial that comes to its end is judged by itself.
        loop {
            std::thread::sleep(Duration::from_millis(100));
            if let Some((since, input)) = &*current.lock().unwrap()
                && (since.elapsed() > 2 * TIME || allocated() > 4 * MEMORY)
            {
                report(target, &inputs, "it takes time or memory without end", input);
                std::process::exit(1);
            }
        }
    });
}

fn report(target: &Target, inputs: &Path, problem: &str, input: &[u8]) {
    let file = inputs.join(target.name);
    let kept = std::fs::create_dir_all(inputs).and_then(|()| std::fs::write(&file, input));
    match kept {
        Ok(()) => eprintln!("{}: {problem}; the input is in {}", target.name, file.display()),
        Err(error) => eprintln!("{}: {problem}; {}: {error}", target.name, file.display()),
    }
    eprintln!("{}", String::from_utf8_lossy(&input[..input.len().min(2_000)]));
}
