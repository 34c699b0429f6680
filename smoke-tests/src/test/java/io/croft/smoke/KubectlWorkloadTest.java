package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The stock kubectl makes, shows and changes workloads and what belongs to them. Nothing runs them
/// here, and kubectl is told so.
class KubectlWorkloadTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final Kubectl kubectl = new Kubectl(APPLIANCE);
  private final String namespace = "work-" + NAMESPACES.incrementAndGet();

  @BeforeEach
  void createANamespace() {
    kubectl.text("create", "namespace", namespace);
  }

  private String text(String... arguments) {
    return run(arguments).succeeded().text();
  }

  private Command.Output run(String... arguments) {
    return command(arguments).run();
  }

  private Command command(String... arguments) {
    var all = new ArrayList<String>();
    all.add("--namespace=" + namespace);
    all.addAll(List.of(arguments));
    return kubectl.command(all.toArray(String[]::new));
  }

  private void createDeployment() {
    assertThat(
            text("create", "deployment", "web", "--image=nginx:1.27", "--replicas=3", "--port=80"))
        .isEqualTo("deployment.apps/web created");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "job pi --image=perl -- perl -v | job.batch/pi created | jobs |"
            + " ^NAME +STATUS +COMPLETIONS +DURATION +AGE\\npi +Running +0/1 +\\d+s$",
        "cronjob tick --image=busybox --schedule=*/5,*,*,*,* -- date |"
            + " cronjob.batch/tick created | cronjobs |"
            + " ^NAME +SCHEDULE +TIMEZONE +SUSPEND +ACTIVE +LAST SCHEDULE +AGE\\n"
            + "tick +\\*/5 \\* \\* \\* \\* +<none> +False +0 +<none> +\\d+s$",
        "service nodeport open --tcp=80:8080 --node-port=30123 | service/open created | services |"
            + " ^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\\(S\\) +AGE\\n"
            + "open +NodePort +10\\.\\d+\\.\\d+\\.\\d+ +<none> +80:30123/TCP +\\d+s$",
        "service externalname far --external-name=example.com | service/far created | services |"
            + " (?m)^far +ExternalName +<none> +example.com +<none> +\\d+s$",
        "ingress front --class=web --rule=a.example.com/*=web:80 |"
            + " ingress.networking.k8s.io/front created | ingresses |"
            + " ^NAME +CLASS +HOSTS +ADDRESS +PORTS +AGE\\nfront +web +a.example.com +80 +\\d+s$",
        "quota few --hard=pods=2,requests.cpu=1 | resourcequota/few created | quota |"
            + " ^NAME +REQUEST +LIMIT +AGE\\nfew +",
        "poddisruptionbudget calm --selector=app=web --min-available=50% |"
            + " poddisruptionbudget.policy/calm created | pdb |"
            + " ^NAME +MIN AVAILABLE +MAX UNAVAILABLE +ALLOWED DISRUPTIONS +AGE\\n"
            + "calm +50% +N/A +0 +\\d+s$",
        "priorityclass urgent --value=1000 | priorityclass.scheduling.k8s.io/urgent created |"
            + " priorityclasses | (?m)^urgent +1000 +false +\\d+s +PreemptLowerPriority$"
      })
  void createsAndShows(String create, String answer, String kind, String table) {
    var line = new ArrayList<String>(List.of("create"));
    for (String word : create.split(" ")) {
      line.add(word.startsWith("--schedule") ? word.replace(",", " ") : word);
    }
    assertThat(text(line.toArray(String[]::new))).isEqualTo(answer);
    assertThat(text("get", kind)).containsPattern(table);
  }

  /// What nobody runs says so where people look.
  private void describesThatNothingRuns(String object) throws Exception {
    Eventually.eventually(
        object + " says that nothing runs it",
        () ->
            text("describe", object).contains("WorkloadsNotRun")
                && text("describe", object).contains("is stored, but nothing runs it"));
  }

  @Test
  void showsADeploymentWide() throws Exception {
    createDeployment();
    assertThat(text("get", "deploy", "-o", "wide"))
        .containsPattern(
            "^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\\n"
                + "web +0/3 +0 +0 +\\d+s +nginx +nginx:1.27 +app=web$");
    describesThatNothingRuns("deploy/web");
    text("create", "cronjob", "tick", "--image=busybox", "--schedule=* * * * *", "--", "date");
    describesThatNothingRuns("cronjob/tick");
  }

  @Test
  void runsAPodAsFarAsItGoes() throws Exception {
    assertThat(text("run", "one", "--image=nginx:1.27")).isEqualTo("pod/one created");
    assertThat(text("get", "pods", "-o", "wide"))
        .containsPattern(
            "^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\\n")
        .containsPattern("(?m)^one +0/1 +Pending +0 +\\d+s +<none> +<none> +<none> +<none>$");
    describesThatNothingRuns("pod/one");
    String resources =
        "{\"spec\":{\"containers\":[{\"name\":\"one\",\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]}}";
    assertThat(run("patch", "pod", "one", "--subresource=resize", "-p", resources).exited(1).err())
        .contains("Pod QOS Class may not change as a result of resizing");
    assertThat(text("get", "pods", "--field-selector=status.phase=Pending", "-o", "name"))
        .isEqualTo("pod/one");
    assertThat(text("delete", "pod", "one")).startsWith("pod \"one\" deleted");
  }

  @Test
  void scalesAndChangesADeployment() {
    createDeployment();
    assertThat(text("scale", "deploy/web", "--replicas=5")).isEqualTo("deployment.apps/web scaled");
    assertThat(text("set", "image", "deploy/web", "nginx=nginx:1.28"))
        .isEqualTo("deployment.apps/web image updated");
    assertThat(text("set", "env", "deploy/web", "A=b"))
        .isEqualTo("deployment.apps/web env updated");
    assertThat(
            text(
                "get",
                "deploy",
                "web",
                "-o",
                "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}"
                    + " {.metadata.generation}"))
        .isEqualTo("5 nginx:1.28 4");
    assertThat(text("rollout", "history", "deploy/web")).startsWith("deployment.apps/web");
    assertThat(run("rollout", "status", "deploy/web", "--timeout=1s").exited(1).out())
        .contains("Waiting for deployment spec update to be observed...");
    assertThat(text("rollout", "pause", "deploy/web")).isEqualTo("deployment.apps/web paused");
  }

  @Test
  void exposesAndAutoscalesADeployment() {
    createDeployment();
    assertThat(text("expose", "deploy/web", "--port=8080", "--target-port=80"))
        .isEqualTo("service/web exposed");
    assertThat(text("get", "svc", "web", "-o", "wide"))
        .containsPattern("(?m)^web +ClusterIP +10\\.\\S+ +<none> +8080/TCP +\\d+s +app=web$");
    assertThat(text("autoscale", "deploy/web", "--min=2", "--max=4", "--cpu-percent=70"))
        .isEqualTo("horizontalpodautoscaler.autoscaling/web autoscaled");
    assertThat(text("get", "hpa"))
        .containsPattern("(?m)^web +Deployment/web +cpu: <unknown>/70% +2 +4 +0 +\\d+s$");
    assertThat(
            text("get", "horizontalpodautoscalers.v1.autoscaling", "web", "-o", "jsonpath={.spec}"))
        .contains("\"targetCPUUtilizationPercentage\":70");
    assertThat(text("get", "all", "-o", "name"))
        .contains("deployment.apps/web", "service/web", "horizontalpodautoscaler.autoscaling/web");
  }

  @Test
  void appliesChangesOfAList() {
    createDeployment();
    text(
        "patch",
        "deploy",
        "web",
        "-p",
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"side\",\"image\":\"busybox\"}]}}}}");
    assertThat(
            text("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[*].name}")
                .split(" "))
        .containsExactlyInAnyOrder("nginx", "side");
  }

  @Test
  void refusesWithThePathOfTheField() {
    Command.Output refused =
        command("create", "-f", "-")
            .reading(
                "---\n{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 0,"
                    + " targetPort: 80}]}}")
            .run()
            .exited(1);
    assertThat(refused.err())
        .contains(
            "The Service \"a\" is invalid: spec.ports[0].port: Invalid value: 0: must be between 1"
                + " and 65535, inclusive");
  }

  @Test
  void explainsContainers() {
    assertThat(kubectl.text("explain", "deployment.spec.template.spec.containers"))
        .containsPattern("GROUP: +apps\\nKIND: +Deployment\\nVERSION: +v1\\n")
        .contains("FIELD: containers <[]Container>")
        .containsPattern("(?m)^  livenessProbe\\s+<Probe>$")
        .containsPattern("(?m)^  name\\s+<string> -required-$");
  }

  @Test
  void decidesOnCertificateRequests() {
    for (String name : List.of("good", "bad")) {
      String request = Base64.getEncoder().encodeToString("x".getBytes(StandardCharsets.UTF_8));
      kubectl.apply(
          "---\n"
              + "{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata:"
              + " {name: "
              + name
              + "}, spec: {request: "
              + request
              + ", signerName: example.com/signer, usages: [client auth]}}");
    }
    assertThat(kubectl.text("certificate", "approve", "good"))
        .isEqualTo("certificatesigningrequest.certificates.k8s.io/good approved");
    assertThat(kubectl.text("certificate", "deny", "bad"))
        .isEqualTo("certificatesigningrequest.certificates.k8s.io/bad denied");
    assertThat(kubectl.text("get", "csr"))
        .containsPattern("(?m)^good +\\d+s +example.com/signer +\\S+ +<none> +Approved$")
        .containsPattern("(?m)^bad +\\d+s +example.com/signer +\\S+ +<none> +Denied$");
  }

  @Test
  void cordonsANode() {
    kubectl.apply("---\n{apiVersion: v1, kind: Node, metadata: {name: n1}}");
    assertThat(kubectl.text("cordon", "n1")).isEqualTo("node/n1 cordoned");
    assertThat(kubectl.text("taint", "nodes", "n1", "a=b:NoSchedule")).isEqualTo("node/n1 tainted");
    assertThat(kubectl.text("get", "nodes"))
        .containsPattern(
            "^NAME +STATUS +ROLES +AGE +VERSION\\nn1 +Unknown,SchedulingDisabled +<none>");
    assertThat(
            kubectl.text("get", "nodes", "--field-selector=spec.unschedulable=false", "-o", "name"))
        .isEmpty();
  }

  @Test
  void listsWhatIsServed() {
    assertThat(kubectl.text("api-resources"))
        .containsPattern("(?m)^pods +po +v1 +true +Pod$")
        .containsPattern("(?m)^deployments +deploy +apps/v1 +true +Deployment$")
        .containsPattern("(?m)^horizontalpodautoscalers +hpa +autoscaling/v2 +true ")
        .containsPattern("(?m)^storageclasses +sc +storage.k8s.io/v1 +false +StorageClass$");
    assertThat(kubectl.text("get", "apiservices"))
        .containsPattern("(?m)^v1.apps +Local +True +\\d+s");
    assertThat(kubectl.text("get", "clusterroles", "-o", "name"))
        .contains("clusterrole.rbac.authorization.k8s.io/view");
  }
}
