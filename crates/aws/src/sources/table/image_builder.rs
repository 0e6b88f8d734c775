//! EC2 Image Builder: what every recipe of a container builds on.
//!
//! <https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "imagebuilder",
    host: "imagebuilder",
    id: "imagebuilder",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

const RECIPE: KnownKind = kind(Source::ImageBuilder, "image-builder-recipe");

pub(in crate::sources) const IMAGE_BUILDER: Table = Table {
    source: Source::ImageBuilder,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A recipe of any name could build on an image; these calls read.",
        calls: &[PermittedCalls {
            actions: &["imagebuilder:ListContainerRecipes", "imagebuilder:GetContainerRecipe"],
            purpose: "EC2 Image Builder: the images that every recipe builds on",
        }],
    }],
    unseen: &["images that a component's own commands pull"],
    definitions: None,
    reads: &[Read {
        http: "POST /ListContainerRecipes",
        given: &[("owner", Given::Text("Self")), ("maxResults", Given::Number(100))],
        pages: Some(TOKENS),
        items: "containerRecipeSummaryList[]",
        arn: "{arn}",
        // Images that are none of a registry are ARNs or names: every text is looked at.
        texts: &["parentImage"],
        then: &[Read {
            http: "GET /GetContainerRecipe",
            given: &[("containerRecipeArn", Given::Of("arn"))],
            items: "containerRecipe",
            arn: "{arn}",
            sent: &["containerType"],
            texts: &["parentImage", "dockerfileTemplateData", "instanceConfiguration.image"],
            ..Read::of(&SERVICE, "GetContainerRecipe", RECIPE)
        }],
        ..Read::of(&SERVICE, "ListContainerRecipes", RECIPE)
    }],
};
