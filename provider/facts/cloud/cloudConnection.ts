/**
 * Which cloud is spoken to. Plain data, safe to print and to keep: there is no secret in it. Credentials are read at the time of
 * the call from where every OpenStack client reads them: a clouds.yaml (OS_CLIENT_CONFIG_FILE, ./clouds.yaml,
 * ~/.config/openstack, /etc/openstack; secure.yaml beside it), or the OS_* environment variables. Identity v3 only.
 */
export interface CloudConnection {
  /** Name in clouds.yaml. Default: OS_CLOUD, else the OS_* variables, else the only cloud in the file. */
  readonly cloud?: string;
  /** Default: the cloud's region_name, else OS_REGION_NAME, else the only region of the catalogue. */
  readonly region?: string;
  /** Endpoint that is used. Default: the cloud's `interface`, else OS_INTERFACE, else "public". */
  readonly interface?: "public" | "internal" | "admin";
  /** PEM file of the authority that signed the endpoints' certificates. Default: the cloud's `cacert`, else OS_CACERT. */
  readonly caCertificateFile?: string;
  /** Seconds one call may take, its answer included. Default 30. */
  readonly callTimeoutSeconds?: number;
  /** Seconds for one call with all its repetitions, when the service is overloaded or down. Default 90. */
  readonly totalTimeoutSeconds?: number;
}
