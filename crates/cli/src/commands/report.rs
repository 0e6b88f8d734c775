//! `ecr-sweep report`: what a run would delete or has deleted, for people who decide by it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ecr_sweep_protocol::documents::{RunId, RunSummary, Stage, keys};
use ecr_sweep_protocol::report::Report;
use ecr_sweep_protocol::{Backtest, ExitCode};
use ecr_sweep_report::{
    INDEX, RepositoryRecord, image_rows, image_table_head, index_page, markdown, repository_pages,
};
use ecr_sweep_steps::{StepError, backtest, gather_report};

use super::open_store::OpenStore;
use super::priced::{price, stored_policy};
use crate::args::{ReportArguments, ReportFormat};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::render::counted;
use crate::{diagnostics, files, render};

/// Writes the report of a run.
pub fn run(arguments: &ReportArguments) -> Result<Ended, Failure> {
    if arguments.open && arguments.format != ReportFormat::Html {
        return Err(Failure::invalid("`--open` shows pages, and another form was asked for")
            .next("leave out `--open` or `--format`"));
    }
    let open = OpenStore::open(&arguments.live)?;
    let run = open.find_run(&arguments.run)?;
    let Some(mut summary) = open.find(&keys::summary(&run, Stage::Plan))? else {
        return Err(Failure::invalid(format!("the run `{run}` has not planned yet"))
            .next(format!("`ecr-sweep watch {run}` follows it to its end")));
    };
    price(&open, &mut summary, &arguments.prices.price)?;
    let output = arguments.output.as_deref();
    let report = match arguments.format {
        ReportFormat::Html => {
            let folder = output.map_or_else(
                || PathBuf::from(format!("ecr-sweep-report-{run}")),
                Path::to_path_buf,
            );
            let report = pages(&open, summary, &folder)?;
            let index = folder.join(INDEX);
            diagnostics::note(&format!("{} is the first page", index.display()));
            if arguments.open {
                show(&index)?;
            }
            report
        }
        ReportFormat::Csv => {
            let (table, report) = table(&open, summary)?;
            write(&run, output, &table)?;
            report
        }
        ReportFormat::Markdown => {
            let report = gathered(&open, summary)?;
            write(&run, output, markdown(&report).as_bytes())?;
            report
        }
        ReportFormat::Json => {
            let report = gathered(&open, summary)?;
            match output {
                None => render::json::write(&report)?,
                Some(_) => write(&run, output, &json(&report)?)?,
            }
            report
        }
    };
    Ok(told(&report))
}

/// The pages, in a folder that is made where it is not there.
fn pages(open: &OpenStore, summary: RunSummary, folder: &Path) -> Result<Report, Failure> {
    let cannot = |path: &Path, error: files::WriteError| {
        Failure::new(ExitCode::Failed, format!("cannot write the report to `{}`", path.display()))
            .because(error)
            .next("name a folder that can be written, with `-o FOLDER`")
    };
    fs::create_dir_all(folder).map_err(|error| cannot(folder, error.into()))?;
    let (mut ids, mut failed) = (BTreeSet::new(), None);
    let made = async |record: RepositoryRecord| Ok((record.id(), repository_pages(&record)));
    let keep = |(id, pages): (_, Vec<(String, String)>)| {
        for (name, page) in pages {
            let path = folder.join(name);
            if let Err(error) = files::write_whole(&path, page.as_bytes()) {
                failed.get_or_insert((path, error));
            }
        }
        ids.insert(id);
        Ok(())
    };
    let mut report = open.run(gather_report(&*open.store, summary, made, keep, || false))?;
    report.backtest = Some(proof(open, &report.summary.run)?);
    if let Some((path, error)) = failed {
        return Err(cannot(&path, error));
    }
    let index = folder.join(INDEX);
    let page = index_page(&report, &ids);
    files::write_whole(&index, page.as_bytes()).map_err(|error| cannot(&index, error))?;
    Ok(report)
}

/// A row for each image of the run.
fn table(open: &OpenStore, summary: RunSummary) -> Result<(Vec<u8>, Report), Failure> {
    let failed = |source| StepError::Table { address: "the table of images".into(), source };
    let mut table = image_table_head().map_err(failed)?;
    let rows = async |record: RepositoryRecord| image_rows(&record).map_err(failed);
    let keep = |rows: Vec<u8>| {
        table.extend(rows);
        Ok(())
    };
    let report = open.run(gather_report(&*open.store, summary, rows, keep, || false))?;
    Ok((table, report))
}

fn gathered(open: &OpenStore, summary: RunSummary) -> Result<Report, Failure> {
    let mut report =
        open.run(gather_report(&*open.store, summary, async |_| Ok(()), Ok, || false))?;
    report.backtest = Some(proof(open, &report.summary.run)?);
    Ok(report)
}

/// What the policy of the run would have done at all runs of the store.
fn proof(open: &OpenStore, run: &RunId) -> Result<Backtest, Failure> {
    let (file, text) = stored_policy(open, run)?;
    open.run(backtest(&*open.store, &file.policy, &text, None))
}

fn json(report: &Report) -> Result<Vec<u8>, Failure> {
    let text = serde_json::to_string_pretty(report).map_err(io::Error::from)?;
    Ok(format!("{text}\n").into_bytes())
}

fn write(run: &RunId, output: Option<&Path>, text: &[u8]) -> Result<(), Failure> {
    let Some(path) = output else {
        let mut out = io::stdout().lock();
        render::while_somebody_reads(out.write_all(text).and_then(|()| out.flush()))?;
        return Ok(());
    };
    files::write_whole(path, text).map_err(|error| {
        let what = format!("cannot write the report of `{run}` to `{}`", path.display());
        Failure::new(ExitCode::Failed, what)
            .because(error)
            .next("name a file in a folder that is there and can be written, with `-o FILE`")
    })
}

/// Says what the report lacks. It is no failure that it does: it says so itself.
fn told(report: &Report) -> Ended {
    if report.not_read.is_empty() {
        return Ended::WELL;
    }
    let many = counted(report.not_read.len() as u64, "repository");
    let why = format!("the report is written, and documents of {many} could not be read");
    let next = format!("`ecr-sweep show {} REPOSITORY` tells what is wrong", report.summary.run);
    Ended::short(ExitCode::Incomplete, why, Next::Step(next))
}

fn show(index: &Path) -> Result<(), Failure> {
    open::that_detached(index).map_err(|error| {
        Failure::new(ExitCode::Failed, "cannot start a browser")
            .because(error)
            .next(format!("open {} yourself", index.display()))
    })
}
