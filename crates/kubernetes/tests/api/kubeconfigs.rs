//! Kubeconfigs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ecr_sweep_kubernetes::{Cluster, Kubeconfig, KubeconfigError, ScanOptions};

use crate::world::{StandIn, TOKEN};

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn config(server: &str, cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
         contexts:\n- name: here\n  context: {{ cluster: blue, user: me, namespace: shop }}\n\
         clusters:\n- name: blue\n  cluster: {{ server: \"{server}\"{cluster} }}\n\
         users:\n- name: me\n  user: {user}\n"
    )
}

async fn scans(path: &Path) -> bool {
    let endpoint = Kubeconfig::read(path).unwrap().endpoint("here").unwrap();
    let cluster = Cluster::new(endpoint).unwrap();
    cluster.scan(&ScanOptions::default()).await.is_ok()
}

#[tokio::test]
async fn a_user_has_a_token_a_file_of_one_or_a_program_that_gives_one() {
    let server = StandIn::start().await.server;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "token", &format!("{TOKEN}\n"));
    let script = "#!/bin/sh\n[ \"$1\" = for -a \"$SAID\" = so ] || exit 1\n\
        case \"$KUBERNETES_EXEC_INFO\" in *ExecCredential*) ;; *) exit 1;; esac\n\
        echo ran >> \"$0.log\"\n\
        echo '{\"kind\":\"ExecCredential\",\"status\":{\"expirationTimestamp\":\"2999-01-01T00:00:00Z\",\"token\":\"TOKEN\"}}'\n"
        .replace("TOKEN", TOKEN);
    let plugin = write(folder.path(), "plugin", &script);
    fs::set_permissions(&plugin, fs::Permissions::from_mode(0o700)).unwrap();
    let exec = "{ exec: { apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [for], env: [{ name: SAID, value: so }], interactiveMode: Never } }";
    for user in [&format!("{{ token: {TOKEN} }}"), "{ tokenFile: token }", exec] {
        let path = write(folder.path(), "config", &config(&server, "", user));
        assert!(scans(&path).await, "{user}");
    }
    let log = fs::read_to_string(folder.path().join("plugin.log")).unwrap();
    assert_eq!(log, "ran\n", "a token is asked for again that is still good");
    for user in [
        "{ token: other }",
        "{}",
        "{ exec: { apiVersion: v1, command: ./nothing } }",
        "{ exec: { apiVersion: v1, command: ./plugin } }",
    ] {
        let path = write(folder.path(), "config", &config(&server, "", user));
        assert!(!scans(&path).await, "{user}");
    }
}

#[test]
fn what_would_see_less_than_it_says_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (cluster, user) in [
        (", insecure-skip-tls-verify: true", "{}"),
        (", proxy-url: \"http://proxy\"", "{}"),
        ("", "{ as: somebody }"),
        ("", "{ username: a, password: b }"),
        ("", "{ auth-provider: { name: oidc } }"),
        ("", "{ client-certificate-data: AAAA }"),
        (", certificate-authority-data: \"%\"", "{}"),
        (", certificate-authority: nowhere.crt", "{}"),
    ] {
        let text = config("https://10.0.0.1", cluster, user);
        let path = write(folder.path(), "config", &text);
        let endpoint = Kubeconfig::read(&path).unwrap().endpoint("here");
        assert!(endpoint.is_err(), "{cluster} {user}: {endpoint:?}");
    }
}

#[test]
fn of_several_files_the_first_that_says_something_counts() {
    let folder = tempfile::tempdir().unwrap();
    let one = write(folder.path(), "one", &config("https://one", "", "{}"));
    let two = config("https://two", "", "{}").replace("name: here", "name: there");
    let two = write(folder.path(), "two", &two);
    let nothing = folder.path().join("nothing");
    let all = Kubeconfig::read_all(&[nothing.clone(), one, two]).unwrap().unwrap();
    assert_eq!(all.contexts().collect::<Vec<_>>(), ["here", "there"]);
    assert_eq!(all.current_context(), Some("here"));
    assert_eq!(&*all.endpoint("there").unwrap().server, "https://one");
    assert!(matches!(all.endpoint("x"), Err(KubeconfigError::Missing { .. })));
    assert!(Kubeconfig::read_all(&[nothing]).unwrap().is_none());
}

#[test]
fn what_is_no_kubeconfig_is_told_without_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    for text in [
        "",
        "- hunter2",
        "a: [",
        "users: hunter2",
        "users: [{ name: a, user: { token: [hunter2] } }]",
    ] {
        let path = write(folder.path(), "config", text);
        let error = Kubeconfig::read(&path).unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("config") && !said.contains("hunter2"), "{said}");
    }
    let text = config("https://one", "", "{ token: hunter2, client-key-data: hunter2 }");
    let read = Kubeconfig::read(&write(folder.path(), "config", &text)).unwrap();
    assert!(!format!("{read:?}").contains("hunter2"), "{read:?}");
}
