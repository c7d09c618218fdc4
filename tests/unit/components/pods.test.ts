import { expect } from "chai";
import { containerDefaults, isolatedPod, restrictedPod, tierLabels } from "../../../components/pods.ts";

describe("pods", () => {
  it("labels a tier of the site", () => {
    expect(tierLabels("mysql")).to.deep.equal({ app: "wordpress", tier: "mysql" });
  });

  it("gives a pod all that Pod Security level restricted asks for", () => {
    expect(restrictedPod(33)).to.deep.equal({
      runAsNonRoot: true,
      runAsUser: 33,
      runAsGroup: 33,
      fsGroup: 33,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("gives a container no privilege and a read-only root file system", () => {
    expect(containerDefaults).to.deep.equal({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      terminationMessagePolicy: "FallbackToLogsOnError",
    });
  });

  it("keeps the API server's token and other Services' variables out of a pod", () => {
    expect(isolatedPod).to.deep.equal({ automountServiceAccountToken: false, enableServiceLinks: false });
  });
});
