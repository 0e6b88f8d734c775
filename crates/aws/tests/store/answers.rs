//! The store in a bucket that gives the rarer answers: each connection is answered once, in turn.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use ecr_sweep_aws::store::{
    PutIf, PutNew, RunStore as _, S3Location, S3Store, StoreCause, StoreError, StoreLocation,
    Version,
};
use ecr_sweep_aws::{AwsErrorKind, Sessions};

use crate::bucket::sessions;

/// The head of a request: its first line and its headers, in lower case.
struct Request(Vec<String>);

impl Request {
    fn read(connection: &TcpStream) -> Self {
        let mut reader = BufReader::new(connection);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_ascii_lowercase()),
            }
        }
        let request = Self(lines);
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        reader.read_exact(&mut vec![0; length]).unwrap();
        request
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

type Answer = Box<dyn FnOnce(&[Request]) -> String + Send>;

fn answer(status: u16, headers: &str, body: &str) -> Answer {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    Box::new(|_| text)
}

fn error(status: u16, code: &str) -> Answer {
    answer(status, "", &format!("<Error><Code>{code}</Code><Message>not now</Message></Error>"))
}

/// Sessions in which a bucket gives these answers, and what was asked of it in the end.
fn answering(answers: Vec<Answer>) -> (Sessions, JoinHandle<Vec<Request>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let sessions = sessions(&format!("http://{}", listener.local_addr().unwrap()));
    let bucket = std::thread::spawn(move || {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut connection, _) = listener.accept().unwrap();
            requests.push(Request::read(&connection));
            connection.write_all(answer(&requests).as_bytes()).unwrap();
        }
        requests
    });
    (sessions, bucket)
}

fn location() -> S3Location {
    S3Location::new("sweeps", "home").unwrap()
}

/// A store whose bucket gives these answers, and what was asked of it in the end.
fn store(answers: Vec<Answer>) -> (S3Store, JoinHandle<Vec<Request>>) {
    let (sessions, bucket) = answering(answers);
    (S3Store::new(&sessions, location()), bucket)
}

fn kind(error: &StoreError) -> AwsErrorKind {
    let StoreError::Io { source: StoreCause::Aws(error), .. } = error else { panic!("{error:?}") };
    error.kind
}

#[tokio::test]
async fn a_write_in_conflict_with_another_is_tried_again() {
    let conflict = || error(409, "ConditionalRequestConflict");
    let written = answer(200, "etag: \"1\"\r\n", "");
    let (store, bucket) = store(vec![conflict(), conflict(), written]);
    let put = store.put_new("lock.json", Vec::new()).await.unwrap();
    assert_eq!(put, PutNew::Written(Version::new("\"1\"")));
    let requests = bucket.join().unwrap();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[2].header("if-none-match"), Some("*"));
}

#[tokio::test]
async fn a_write_whose_conflict_does_not_end_is_an_error() {
    let (store, bucket) = store((0..8).map(|_| error(409, "ConditionalRequestConflict")).collect());
    let failed = store.put_if("lock.json", Vec::new(), &Version::new("\"1\"")).await.unwrap_err();
    let source = std::error::Error::source(&failed).unwrap().to_string();
    assert!(source.contains("ConditionalRequestConflict"), "{source}");
    let requests = bucket.join().unwrap();
    assert!(requests.iter().all(|request| request.header("if-match") == Some("\"1\"")));
}

/// The first attempt was done, and its answer lost: the second meets its effect.
#[tokio::test]
async fn a_write_that_meets_its_own_effect_is_written() {
    let ours: Answer = Box::new(|requests: &[Request]| {
        let write = requests[0].header("x-amz-meta-write").unwrap();
        format!(
            "HTTP/1.1 200 -\r\nconnection: close\r\netag: \"1\"\r\nx-amz-meta-write: {write}\r\n\r\n"
        )
    });
    let (store, bucket) =
        store(vec![error(500, "InternalError"), error(412, "PreconditionFailed"), ours]);
    let put = store.put_new("lock.json", Vec::new()).await.unwrap();
    assert_eq!(put, PutNew::Written(Version::new("\"1\"")));
    assert!(bucket.join().unwrap()[2].0[0].starts_with("head /sweeps/home/lock.json "));
}

#[tokio::test]
async fn a_write_that_meets_the_effect_of_another_is_not() {
    let (store, bucket) = store(vec![
        error(500, "InternalError"),
        error(412, "PreconditionFailed"),
        answer(200, "etag: \"2\"\r\nx-amz-meta-write: another\r\n", ""),
    ]);
    let put = store.put_if("lock.json", Vec::new(), &Version::new("\"1\"")).await.unwrap();
    assert_eq!(put, PutIf::Changed);
    bucket.join().unwrap();
}

#[tokio::test]
async fn a_denied_read_is_an_error_that_says_what_may_be_missing() {
    let (store, bucket) = store(vec![error(403, "AccessDenied")]);
    let denied = store.get("plans/a.json").await.unwrap_err();
    assert_eq!(kind(&denied), AwsErrorKind::AccessDenied);
    assert_eq!(denied.to_string(), "cannot read s3://sweeps/home/plans/a.json");
    let hint = denied.next_step().unwrap().to_string();
    for part in ["s3:GetObject on arn:aws:s3:::sweeps/home/*", "s3:ListBucket", "not there"] {
        assert!(hint.contains(part), "`{part}` is not in: {hint}");
    }
    bucket.join().unwrap();
}

#[tokio::test]
async fn calls_name_the_account_that_has_to_own_the_bucket() {
    let (store, bucket) = store((0..4).map(|_| error(403, "AccessDenied")).collect());
    let store = store.owned_by("444455556666".parse().unwrap());
    let denied = [
        store.get("a").await.unwrap_err(),
        store.put("a", Vec::new()).await.unwrap_err(),
        store.put_new("a", Vec::new()).await.unwrap_err(),
        store.list("").await.unwrap_err(),
    ];
    for error in denied {
        assert!(
            error.next_step().unwrap().to_string().contains("account 444455556666 owns"),
            "{error}"
        );
    }
    for request in bucket.join().unwrap() {
        assert_eq!(request.header("x-amz-expected-bucket-owner"), Some("444455556666"));
    }
}

#[tokio::test]
async fn a_deployment_has_its_bucket_in_its_own_account() {
    let (sessions, bucket) = answering(vec![error(403, "AccessDenied"), error(404, "NoSuchKey")]);
    let location = StoreLocation::Bucket(location());
    location.open_own(&sessions).get("a").await.unwrap_err();
    assert!(location.open(&sessions).get("a").await.unwrap().is_none());
    let requests = bucket.join().unwrap();
    let owner = requests[0].header("x-amz-expected-bucket-owner");
    assert_eq!(owner, Some(sessions.home().account.as_str()));
    assert_eq!(requests[1].header("x-amz-expected-bucket-owner"), None);
}

#[tokio::test]
async fn a_bucket_of_another_account_is_told_from_one_that_cannot_be_listed() {
    let listed = || {
        let list = "<IsTruncated>false</IsTruncated><KeyCount>0</KeyCount>";
        answer(200, "", &format!("<ListBucketResult>{list}</ListBucketResult>"))
    };
    let denied = || error(403, "AccessDenied");
    let unavailable = || (0..8).map(|_| error(503, "ServiceUnavailable"));
    let cases: [(Vec<Answer>, Result<bool, AwsErrorKind>); 5] = [
        (vec![listed()], Ok(false)),
        (vec![denied(), listed()], Ok(true)),
        (vec![denied(), denied()], Err(AwsErrorKind::AccessDenied)),
        (unavailable().collect(), Err(AwsErrorKind::Unavailable)),
        ([denied()].into_iter().chain(unavailable()).collect(), Err(AwsErrorKind::Unavailable)),
    ];
    for (answers, expected) in cases {
        let (store, bucket) = store(answers);
        let store = store.owned_by("444455556666".parse().unwrap());
        let is_denied = store.is_denied_its_owner().await;
        assert_eq!(is_denied.map_err(|error| error.kind), expected);
        bucket.join().unwrap();
    }
}

#[tokio::test]
async fn a_bucket_of_another_region_is_an_error_that_says_so() {
    let (store, bucket) = store(vec![error(301, "PermanentRedirect")]);
    let error = store.put("a", Vec::new()).await.unwrap_err();
    assert!(error.next_step().unwrap().to_string().contains("Region of the bucket"), "{error}");
    bucket.join().unwrap();
}

#[tokio::test]
async fn a_document_that_breaks_off_is_an_error() {
    let head = "HTTP/1.1 200 -\r\nconnection: close\r\netag: \"1\"\r\ncontent-length: 9\r\n\r\n";
    let (store, bucket) = store(vec![Box::new(move |_| format!("{head}half"))]);
    let error = store.get("a").await.unwrap_err();
    assert_eq!(kind(&error), AwsErrorKind::Unavailable);
    bucket.join().unwrap();
}

#[tokio::test]
async fn a_list_that_breaks_off_is_an_error() {
    let page = "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>home/a</Key></Contents></ListBucketResult>";
    let (store, bucket) = store(vec![answer(200, "", page)]);
    assert_eq!(kind(&store.list("").await.unwrap_err()), AwsErrorKind::Internal);
    bucket.join().unwrap();
}

/// An empty list is left out; that it is empty is said.
#[tokio::test]
async fn a_list_that_does_not_say_how_long_it_is_is_an_error() {
    let list = |text: &str| format!("<ListBucketResult>{text}</ListBucketResult>");
    let one = "<Contents><Key>home/a</Key></Contents>";
    let whole = "<IsTruncated>false</IsTruncated>";
    for body in [
        String::new(),
        list(""),
        list(&format!("{one}{whole}")),
        list(&format!("{one}<KeyCount>1</KeyCount>")),
        list(&format!("{whole}<KeyCount>1</KeyCount>")),
        list(&format!("{one}{whole}<KeyCount>2</KeyCount>")),
        list(&format!("<Contents></Contents>{whole}<KeyCount>1</KeyCount>")),
    ] {
        let (store, bucket) = store(vec![answer(200, "", &body)]);
        let error = store.list("").await.unwrap_err();
        assert_eq!(kind(&error), AwsErrorKind::Internal, "{body}: {error}");
        bucket.join().unwrap();
    }
    let (store, bucket) =
        store(vec![answer(200, "", &list(&format!("{whole}<KeyCount>0</KeyCount>")))]);
    assert!(store.list("").await.unwrap().is_empty());
    bucket.join().unwrap();
}

/// A document that is not read while another takes the room that there is: S3 is not kept waiting, and
/// is asked again once there is room.
#[tokio::test]
async fn what_there_is_no_room_for_is_read_once_there_is() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let sessions = sessions(&format!("http://{}", listener.local_addr().unwrap()));
    let (given_up, was_given_up) = tokio::sync::oneshot::channel();
    let bucket = std::thread::spawn(move || {
        let answer = |headers: &str, body: &str| {
            let (mut connection, _) = listener.accept().unwrap();
            Request::read(&connection);
            let head =
                format!("HTTP/1.1 200 -\r\nconnection: close\r\netag: \"1\"\r\n{headers}\r\n");
            connection.write_all(format!("{head}{body}").as_bytes()).unwrap();
            connection
        };
        answer("content-length: 5\r\n", "small");
        let mut unread = answer("content-length: 99999999999\r\n", "");
        // Who asked has no room, and hangs up.
        assert_eq!(unread.read(&mut [0]).unwrap_or(0), 0);
        given_up.send(()).unwrap();
        answer("content-length: 5\r\n", "large");
    });
    let store = S3Store::new(&sessions, location());
    let held = store.get_held("small.json").await.unwrap().unwrap();
    assert_eq!(held.bytes, b"small");
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.get_held("large.json").await.unwrap().unwrap().bytes.clone() }
    });
    was_given_up.await.unwrap();
    assert!(!waiting.is_finished());
    drop(held);
    assert_eq!(waiting.await.unwrap(), b"large");
    bucket.join().unwrap();
}
