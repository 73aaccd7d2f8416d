// Prints a provider object of the given compiled thinProvider.js as Pulumi writes it into state.
const { serializeFunction } = require("@pulumi/pulumi/runtime");
const { ThinProvider } = require(process.argv[2]);
const provider = new ThinProvider(process.argv[3]);
serializeFunction(() => provider, { allowSecrets: true }).then(({ text }) => process.stdout.write(text));
