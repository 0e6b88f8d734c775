//! A live plan of many images that nobody uses: what listing takes.

use std::time::Duration;

use jiff::Timestamp;

use super::setting::{Setting, Store};
use super::{POLICY, organization, row};

const REPOSITORIES: u32 = 500;
const IMAGES: u32 = 1_000;
const LATENCY: Duration = Duration::from_millis(25);

pub(crate) fn measure() -> miette::Result<()> {
    println!(
        "\nA live plan, {REPOSITORIES} x {IMAGES} images at {} ms a call:",
        LATENCY.as_millis()
    );
    row::heads();
    let snapshot = organization::of(Timestamp::now(), REPOSITORIES, IMAGES, false, 0)?;
    let setting = Setting::of(&snapshot, LATENCY, Store::Folder)?;
    let planned = setting.sweep(&["plan", "--policy", POLICY, "--format", "json"])?;
    row::print("folder", &setting, &planned);
    row::print_calls(&planned);
    let describes = row::number(planned.calls("ecr:DescribeImages"));
    println!(
        "{:>34} DescribeImages {:.2} of the minimum of one a repository",
        "",
        describes / f64::from(REPOSITORIES)
    );
    Ok(())
}
