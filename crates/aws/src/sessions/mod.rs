//! Sessions: who calls, and the clients of every account and Region.

pub(crate) mod clients;
mod clock;
mod denials;
mod http;
pub(crate) mod organization;
pub(crate) mod pace;
mod profile;
pub(crate) mod regions;
pub(crate) mod retries;
mod roles;
pub(crate) mod slots;

pub use clock::WrongClock;
pub use http::http_client;
pub(crate) use http::{Downloads, connector};
pub use organization::{Member, Organization};
pub(crate) use roles::SessionName;
pub use roles::{DELETE_ROLE, RESTORE_ROLE};

use std::collections::BTreeMap;
use std::env;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{BehaviorVersion, SdkConfig};
#[cfg(any(test, feature = "simulators"))]
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
#[cfg(any(test, feature = "simulators"))]
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_types::app_name::AppName;
use ecr_sweep_core::{Account, NotAPlace, Place, Region};

use crate::AwsError;
use crate::call::Call;
use crate::registry::{RegistryDeleter, RegistryReader, RegistryRestorer};
use crate::trail::Turns;
use clients::{ClientConfig, Clients, client, in_region};
use clock::AnsweredAt;
use denials::Denials;
use roles::{Assumed, Role};
use slots::Slots;

/// How to get at AWS. What is absent is asked of the environment and the profiles, in the order
/// that every AWS tool knows.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// The Region to start from.
    pub region: Option<Region>,
    /// The profile of the shared configuration files.
    pub profile: Option<String>,
    /// How many calls to one API may be under way at once, in one account and Region; at least 1.
    pub concurrency: usize,
}

/// The calls that may be under way at once where nobody says how many: gentle on rates that
/// production's own deployments share.
pub const DEFAULT_CONCURRENCY: usize = 16;

impl Default for SessionOptions {
    fn default() -> Self {
        Self { region: None, profile: None, concurrency: DEFAULT_CONCURRENCY }
    }
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Nothing names a Region.
    #[error("no AWS Region is set, neither by AWS_REGION nor by a profile")]
    NoRegion,
    /// The Region or the account is not one.
    #[error("the session starts in no account and Region")]
    Place(#[from] NotAPlace),
    /// The clock of this machine is wrong.
    #[error("the clock of this machine is wrong")]
    Clock(#[from] WrongClock),
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// Our name in the user agent of every call, by which trails tell our calls from others.
pub(crate) const APPLICATION: &str = "ecr-sweep";

/// The clients by account and Region, made once and used again. Cheap to clone.
///
/// In the caller's own account all calls are made with the caller's own credentials. In others
/// [a role](Self::reading_as) is assumed to read, and [another](Self::deleting_as) to delete,
/// [`DELETE_ROLE`] if none is named, once an account: a role that cannot be assumed is the error of
/// each call that would need it. One that is denied is not asked for again in the same run, unless
/// [denials are forgotten](Self::forget_denials).
#[derive(Debug, Clone)]
pub struct Sessions {
    inner: Arc<Inner>,
    read_role: Option<Arc<str>>,
    delete_role: Arc<str>,
    session: SessionName,
}

#[derive(Debug)]
struct Inner {
    config: ClientConfig,
    home: Place,
    caller_arn: Box<str>,
    concurrency: usize,
    roles: Mutex<BTreeMap<Assumed, ClientConfig>>,
    denials: Denials,
    clients: Mutex<BTreeMap<ClientsOf, Clients>>,
    slots: Mutex<BTreeMap<Place, Slots>>,
    trail_turns: Mutex<BTreeMap<Place, Turns>>,
    downloads: Downloads,
}

/// Where clients call, and as whom they read and delete there, if it is in another account.
type ClientsOf = (Place, Option<[Assumed; 2]>);

impl Sessions {
    /// Finds Region and credentials, and asks STS whose they are.
    pub async fn load(options: SessionOptions) -> Result<Self, SessionError> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client())
            .retry_config(retries::retry_config())
            .timeout_config(retries::timeout_config());
        if let Some(region) = &options.region {
            loader = loader.region(aws_config::Region::new(region.as_str().to_owned()));
        }
        let config = if let Some(name) = options.profile {
            profile::check_is_there(&name, options.region.as_ref()).await?;
            let config = loader.profile_name(&name).load().await;
            let credentials = SharedCredentialsProvider::new(profile::credentials(&name, &config));
            config.into_builder().credentials_provider(credentials).build()
        } else {
            if let Ok(name) = env::var("AWS_PROFILE")
                && env::var_os("AWS_ACCESS_KEY_ID").is_none()
            {
                profile::check_is_there(&name, options.region.as_ref()).await?;
            }
            loader.load().await
        };
        Self::connect(config, options.concurrency).await
    }

    /// Asks STS whose a configuration's credentials are, and looks what time it is there.
    pub async fn connect(config: SdkConfig, concurrency: usize) -> Result<Self, SessionError> {
        let Some(region) = config.region() else { return Err(SessionError::NoRegion) };
        let region: Region = region.as_ref().parse()?;
        let config = ClientConfig::new(config, Vec::new());
        let call = Call::anywhere("sts", "GetCallerIdentity", Some(&region));
        let answered_at = AnsweredAt::default();
        let caller = client!(aws_sdk_sts, &config, &region, "sts")
            .get_caller_identity()
            .customize()
            .interceptor(answered_at.clone())
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        answered_at.check()?;
        let account = call.sent_text("Account", caller.account())?;
        let arn = call.sent_text("Arn", caller.arn())?;
        let home = Place { account: account.parse()?, region: region.clone() };
        tracing::info!(
            account = %home.account, region = %home.region, caller = &*arn, "opened a session"
        );
        Ok(Self::new(&config, home, arn, concurrency))
    }

    /// A session of which account and Region are known: no call is made.
    #[must_use]
    pub fn with_config(config: SdkConfig, home: Place) -> Self {
        let caller_arn = format!("arn:aws:iam::{}:root", home.account);
        let config = ClientConfig::new(config, Vec::new());
        Self::new(&config, home, caller_arn.into(), DEFAULT_CONCURRENCY)
    }

    /// The same, whose calls this sees as each of the SDK's clients makes them, and may answer.
    #[cfg(any(test, feature = "simulators"))]
    #[must_use]
    pub fn intercepted(&self, by: impl Intercept + 'static) -> Self {
        let Inner { config, home, caller_arn, concurrency, .. } = &*self.inner;
        let config = ClientConfig::new((**config).clone(), vec![SharedInterceptor::new(by)]);
        let made = Self::new(&config, home.clone(), caller_arn.clone(), *concurrency);
        Self { inner: made.inner, ..self.clone() }
    }

    /// A session with a simulator: its requests are signed by an access key that is the account's
    /// number, which is how simulators tell accounts apart. It is less patient than others.
    #[cfg(any(test, feature = "simulators"))]
    #[must_use]
    pub fn simulated(endpoint: &str, home: Place) -> Self {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client())
            .region(aws_config::Region::new(home.region.as_str().to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                home.account.as_str(),
                "simulated",
                None,
                None,
                "simulated",
            )))
            .retry_config(retries::impatient())
            .timeout_config(retries::timeout_config())
            .endpoint_url(endpoint)
            .build();
        Self::with_config(config, home)
    }

    /// The same as somebody else of the same account: simulators take their word for it.
    #[cfg(any(test, feature = "simulators"))]
    #[must_use]
    pub fn simulated_as(&self, arn: &str) -> Self {
        let home = self.home().clone();
        let token = Some(format!("simulated-session:{arn}"));
        let key = home.account.as_str();
        let credentials = Credentials::new(key, "simulated", token, None, "simulated");
        let credentials = SharedCredentialsProvider::new(credentials);
        let config = self.config().to_builder().credentials_provider(credentials).build();
        Self::with_config(config, home)
    }

    fn new(config: &ClientConfig, home: Place, caller_arn: Box<str>, concurrency: usize) -> Self {
        let config = named(config);
        let inner = Inner {
            config,
            home,
            caller_arn,
            concurrency: concurrency.max(1),
            roles: Mutex::default(),
            denials: Denials::default(),
            clients: Mutex::default(),
            slots: Mutex::default(),
            trail_turns: Mutex::default(),
            downloads: Downloads::default(),
        };
        Self {
            inner: Arc::new(inner),
            read_role: None,
            delete_role: DELETE_ROLE.into(),
            session: SessionName::plain(),
        }
    }

    /// The same, with the name of the role that is assumed in other accounts to read.
    #[must_use]
    pub fn reading_as(&self, role: Option<&str>) -> Self {
        Self { read_role: role.map(Into::into), ..self.clone() }
    }

    /// The same, with the name of the role that is assumed in other accounts to delete, its path in
    /// front if it has one.
    #[must_use]
    pub fn deleting_as(&self, role: &str) -> Self {
        Self { delete_role: role.into(), ..self.clone() }
    }

    /// The same for a run: in other accounts, the sessions are named after it.
    #[must_use]
    pub fn named_after(&self, run: &str) -> Self {
        Self { session: SessionName::after(run), ..self.clone() }
    }

    /// From now on, roles that were denied are asked for again: whoever holds sessions for longer than
    /// one call of a function may be called again because a role was mended.
    pub fn forget_denials(&self) {
        self.inner.denials.forget();
    }

    /// The caller's account, and the Region to start from.
    #[must_use]
    pub fn home(&self) -> &Place {
        &self.inner.home
    }

    /// The caller, as STS names it.
    #[must_use]
    pub fn caller_arn(&self) -> &str {
        &self.inner.caller_arn
    }

    /// What the clients are made of.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.inner.config
    }

    pub(crate) fn client_config(&self) -> &ClientConfig {
        &self.inner.config
    }

    /// How many calls to one API may be under way at once, in one account and Region.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.inner.concurrency
    }

    /// What reads the registry of an account and Region.
    #[must_use]
    pub fn registry(&self, place: &Place) -> RegistryReader {
        let (reads, downloads) = (self.clients(place).reads(), self.inner.downloads.clone());
        RegistryReader::new(place.clone(), reads, downloads, self.slots(place))
    }

    /// What deletes in the registry of an account and Region. Only who holds the lock of the run
    /// store may ask for it.
    #[must_use]
    pub fn registry_deleter(&self, place: &Place) -> RegistryDeleter {
        RegistryDeleter::new(place.clone(), self.clients(place).deletes(), self.slots(place))
    }

    /// What puts images back in the registry of an account and Region, in other accounts as
    /// [`RESTORE_ROLE`]. Only who holds the lock of the run store may ask for it.
    #[must_use]
    pub fn registry_restorer(&self, place: &Place) -> RegistryRestorer {
        let config = if self.is_home(place) {
            self.inner.config.clone()
        } else {
            self.inner.assuming(self.assumed(&place.account, Some(RESTORE_ROLE.into())))
        };
        RegistryRestorer::new(place.clone(), clients::restoring(&config, place), self.slots(place))
    }

    /// The name of the role that deletes in other accounts.
    #[must_use]
    pub fn delete_role(&self) -> &str {
        &self.delete_role
    }

    /// Assumes the role that deletes in an account, to see whether it can be: nothing is called as it.
    /// At home there is none to assume.
    pub async fn try_to_delete_in(&self, account: &Account) -> Result<(), AwsError> {
        if *account == self.inner.home.account {
            return Ok(());
        }
        let assumed = self.assumed(account, Some(self.delete_role.clone()));
        self.inner.role(&assumed).assume().await.map(drop)
    }

    /// What clients that read an account and Region are made of.
    pub(crate) fn reading_config(&self, place: &Place) -> ClientConfig {
        if self.is_home(place) {
            return in_region(&self.inner.config, place);
        }
        in_region(&self.inner.assuming(self.reading_in(&place.account)), place)
    }

    fn reading_in(&self, account: &Account) -> Assumed {
        self.assumed(account, self.read_role.clone())
    }

    fn assumed(&self, account: &Account, role: Option<Arc<str>>) -> Assumed {
        Assumed { account: account.clone(), role, session: self.session.clone() }
    }

    /// The turns in which the event history of an account and Region is asked.
    pub(crate) fn trail_turns(&self, place: &Place) -> Turns {
        let mut turns = self.inner.trail_turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(place.clone()).or_default().clone()
    }

    fn slots(&self, place: &Place) -> Slots {
        let mut slots = self.inner.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Slots::new(self.inner.concurrency);
        slots.entry(place.clone()).or_insert_with(new).clone()
    }

    fn is_home(&self, place: &Place) -> bool {
        place.account == self.inner.home.account
    }

    fn clients(&self, place: &Place) -> Clients {
        let account = &place.account;
        let assumed = (!self.is_home(place)).then(|| {
            [self.reading_in(account), self.assumed(account, Some(self.delete_role.clone()))]
        });
        let mut clients = self.inner.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made =
            clients.entry((place.clone(), assumed)).or_insert_with_key(|(place, assumed)| {
                let Some([reads, deletes]) =
                    assumed.clone().map(|it| it.map(|it| self.inner.assuming(it)))
                else {
                    return Clients::new(&self.inner.config, &self.inner.config, place);
                };
                Clients::new(&reads, &deletes, place)
            });
        made.clone()
    }
}

/// A configuration whose calls say that they are ours.
fn named(config: &ClientConfig) -> ClientConfig {
    config.with(|mut builder| {
        builder.set_app_name(AppName::new(APPLICATION).ok());
        builder
    })
}

impl Inner {
    /// What calls as a role of another account.
    fn assuming(&self, assumed: Assumed) -> ClientConfig {
        let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        let made = roles
            .entry(assumed)
            .or_insert_with_key(|assumed| self.role(assumed).configure(&self.config));
        made.clone()
    }

    fn role(&self, assumed: &Assumed) -> Role {
        Role::of(assumed, &self.config, &self.home, &self.caller_arn, &self.denials)
    }
}
