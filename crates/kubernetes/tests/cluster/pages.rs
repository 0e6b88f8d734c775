//! Many objects, page by page, also where pages expire.

use std::collections::BTreeSet;

use ecr_sweep_api_server::ADMIN_TOKEN;
use ecr_sweep_kubernetes::{Found, ScanOptions};

use crate::world::{World, config_map, scan, seen};

const COUNT: usize = 2_000;

fn maps(found: &Found) -> BTreeSet<String> {
    seen(found).into_iter().filter(|it| it.starts_with("config-map/map-")).collect()
}

#[test]
fn each_of_many_objects_is_seen_once_also_where_pages_expire() {
    // Each page comes from etcd, so that what etcd has forgotten is gone.
    let mut world = World::start(&["--watch-cache=false"]);
    let few = world.scan().unwrap();
    let make = |number: usize| config_map(&format!("map-{number:05}"), &number.to_string());
    world.make(&(0..COUNT).map(make).collect::<Vec<_>>());
    let whole = world.scan().unwrap();
    assert_eq!(maps(&whole).len(), COUNT);
    // A server that has just started adds some of its own.
    assert!(whole.objects - few.objects >= COUNT as u64, "{} {}", whole.objects, few.objects);
    // Pages of 500, of which the last may have others in it.
    assert!((3..=4).contains(&(whole.pages - few.pages)), "{} {}", whole.pages, few.pages);
    assert_eq!(whole.restarts, 0);

    let small = ScanOptions { page_size: 20, ..ScanOptions::default() };
    let cluster = world.cluster(ADMIN_TOKEN);
    let scanning = std::thread::spawn(move || scan(&cluster, &small));
    let mut number = 0;
    while !scanning.is_finished() {
        number += 1;
        world.make(&[config_map(&format!("late-{number:05}"), "late")]);
        world.server.compact();
    }
    let again = scanning.join().unwrap().unwrap();
    assert!(again.restarts > 0, "no page expired in {number} compactions");
    assert_eq!(maps(&again), maps(&whole));
}
