"""Fills moto through the AWS APIs, and prints the digest of each image by its name."""

import hashlib
import json
import sys

import boto3

ENDPOINT, ACCOUNT, REGION = sys.argv[1], "123456789012", "us-east-1"
OTHER = "222233334444"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def client(service, key="test", secret="test", token=None):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name=REGION, aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token)


def client_of(account, service):
    role = f"arn:aws:iam::{account}:role/seed"
    session = client("sts").assume_role(RoleArn=role, RoleSessionName="seed")["Credentials"]
    return client(service, session["AccessKeyId"], session["SecretAccessKey"],
                  session["SessionToken"])


ecr, ecs, awslambda, iam = client("ecr"), client("ecs"), client("lambda"), client("iam")
digests = {}


def put(repository, name, manifest, tag):
    text = json.dumps(manifest)
    digests[name] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    tags = {"imageTag": tag} if tag else {}
    ecr.put_image(repositoryName=repository, imageManifest=text, imageDigest=digests[name],
                  imageManifestMediaType=manifest["mediaType"], **tags)


def image(repository, name, tag=None):
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 1_000_000,
             "digest": "sha256:" + hashlib.sha256(name.encode()).hexdigest()}
    config = {"mediaType": CONFIG, "size": 1_000, "digest": layer["digest"]}
    put(repository, name, {"schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                           "layers": [layer]}, tag)


def index(repository, name, children, tag=None):
    manifests = [{"mediaType": MANIFEST, "size": 500, "digest": digests[child]}
                 for child in children]
    put(repository, name, {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}, tag)


for repository in ("app", "functions", "untouched"):
    ecr.create_repository(repositoryName=repository)
for name in ("task", "elsewhere", "unused", "tagged", "old"):
    image("app", name, name)
image("app", "amd64", "amd64")
image("app", "arm64", "arm64")
index("app", "kept-index", ["amd64", "arm64"], "release-1")
image("app", "lonely-child", "lonely-child")
index("app", "unused-index", ["lonely-child"], "nightly")
# The newest: a deployment by tag is in doubt where an image that goes was pushed after its own.
image("app", "service", "service")
image("functions", "function", "v1")
image("functions", "no-function", "v2")
image("untouched", "left-alone", "v1")

ecs.create_cluster(clusterName="prod")
for family in ("task", "service"):
    ecs.register_task_definition(family=family, containerDefinitions=[
        {"name": family, "image": f"{HOST}/app:{family}", "memory": 64}])
ecs.create_service(cluster="prod", serviceName="service", taskDefinition="service", desiredCount=1)

client_of(OTHER, "ecs").register_task_definition(family="elsewhere", containerDefinitions=[
    {"name": "elsewhere", "image": f"{HOST}/app:elsewhere", "memory": 64}])

role = iam.create_role(RoleName="lambda", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
awslambda.create_function(FunctionName="function", PackageType="Image", Role=role,
                          Code={"ImageUri": f"{HOST}/functions:v1"})

print(json.dumps(digests))
