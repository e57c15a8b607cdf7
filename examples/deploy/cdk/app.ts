// The hello function of lunambda.
import * as path from "node:path";
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function, LayerVersion, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";

const app = new App();
const stack = new Stack(app, "lunambda-hello");

const layer = app.node.tryGetContext("layer");
if (typeof layer !== "string") {
  throw new Error("which layer? cdk deploy -c layer=arn:aws:lambda:REGION:ACCOUNT:layer:lunambda-x86_64:1");
}
const architectures: Record<string, Architecture> = { x86_64: Architecture.X86_64, arm64: Architecture.ARM_64 };
const architecture = architectures[app.node.tryGetContext("architecture") ?? "x86_64"];
if (architecture === undefined) {
  throw new Error("-c architecture takes x86_64 or arm64");
}

const logGroup = new LogGroup(stack, "Log", {
  logGroupName: "/aws/lambda/lunambda-hello",
  retention: RetentionDays.TWO_WEEKS,
  removalPolicy: RemovalPolicy.DESTROY,
});
const role = new Role(stack, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
logGroup.grantWrite(role);

const hello = new Function(stack, "Hello", {
  functionName: "lunambda-hello",
  code: Code.fromAsset(path.join(__dirname, "../../hello")),
  handler: "hello.handler",
  runtime: Runtime.PROVIDED_AL2023,
  architecture,
  layers: [LayerVersion.fromLayerVersionArn(stack, "Lunambda", layer)],
  memorySize: 128,
  timeout: Duration.seconds(3),
  role,
  logGroup,
});

new CfnOutput(stack, "FunctionName", { value: hello.functionName });
