// Resource classes of the test kinds, for programs.
const { HostResource } = require("../../../dist/resources/hostResource.js");
const { Unit } = require("../../../dist/resources/run.js");

exports.Unit = Unit;
exports.TestBinding = class TestBinding extends HostResource {
  constructor(name, args, options) { super("TestBinding", name, args, options); }
};
exports.TestVerification = class TestVerification extends HostResource {
  constructor(name, args, options) { super("TestVerification", name, args, options); }
};
