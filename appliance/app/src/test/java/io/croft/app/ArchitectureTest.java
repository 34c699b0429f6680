package io.croft.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The rules of the house that Maven's modules do not enforce by themselves.
@AnalyzeClasses(packages = "io.croft", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  /// Rooms by rank: each may see those of lower rank only.
  private static final List<List<String>> RANKS =
      List.of(
          List.of("store", "base", "metrics", "model"),
          List.of("pki", "client"),
          List.of("security"),
          List.of("apiserver", "engine", "certificates", "fleet"),
          List.of("gateway"),
          List.of("app"));

  /// Heavy libraries and the packages that own each.
  private static final Map<String, List<String>> OWNERS =
      Map.ofEntries(
          Map.entry("org.h2..", List.of("store")),
          Map.entry("io.grpc..", List.of("store.etcd")),
          Map.entry("io.prometheus..", List.of("metrics")),
          Map.entry("org.bouncycastle..", List.of("pki", "security.identity")),
          Map.entry("io.netty..", List.of("gateway", "store.etcd")),
          Map.entry("picocli..", List.of("app")),
          Map.entry("org.snakeyaml..", List.of("model", "app")),
          Map.entry("ch.qos.logback..", List.of("app")),
          Map.entry("dev.cel..", List.of("apiserver.cel")),
          Map.entry("com.google.re2j..", List.of("apiserver.cel", "gateway", "model")),
          Map.entry("com.unboundid..", List.of("security.ldap")),
          Map.entry("com.nimbusds..", List.of("security.oidc", "security.issuer")),
          Map.entry("org.shredzone.acme4j..", List.of("certificates.acme.protocol")),
          Map.entry("org.xbill.DNS..", List.of("certificates.acme.solving")));

  @ArchTest
  static final ArchRule roomsSeeLowerRanksOnly =
      CompositeArchRule.of(
          RANKS.stream().flatMap(List::stream).map(ArchitectureTest::seesLowerRanksOnly).toList());

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("io.croft.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule internalStaysInside =
      CompositeArchRule.of(
          RANKS.stream().flatMap(List::stream).map(ArchitectureTest::internalStaysIn).toList());

  @ArchTest
  static final ArchRule librariesStayWithTheirOwners =
      CompositeArchRule.of(
          OWNERS.entrySet().stream().map(e -> owned(e.getKey(), e.getValue())).toList());

  /// Objects are Jackson trees, so everyone above `model` handles nodes; reading and writing them
  /// has one place.
  @ArchTest
  static final ArchRule jacksonBesidesTreesStaysInModel =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.croft.model..")
          .should()
          .dependOnClassesThat(jacksonBesidesTrees());

  @ArchTest
  static final ArchRule frameworkStaysInApp =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.croft.app..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.micronaut..");

  /// In a native binary it was seeded when the binary was built: each process gets the same
  /// numbers.
  @ArchTest
  static final ArchRule randomNumbersAreAnotherOneInEachProcess =
      noClasses().should().callMethod(RandomGenerator.class, "getDefault");

  /// YAML is read where JSON is, into trees; the configuration file is read with its lines.
  @ArchTest
  static final ArchRule yamlStaysInModelAndConfiguration =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.croft.model..", "io.croft.app.config..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.snakeyaml..");

  private static ArchRule seesLowerRanksOnly(String room) {
    var allowed = new ArrayList<String>();
    for (List<String> rank : RANKS) {
      if (rank.contains(room)) {
        break;
      }
      rank.forEach(lower -> allowed.add(packages(lower)));
    }
    allowed.add(packages(room));
    return noClasses()
        .that()
        .resideInAPackage(packages(room))
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.croft..")
                .and(resideOutsideOfPackages(allowed.toArray(String[]::new))))
        .allowEmptyShould(true);
  }

  private static ArchRule internalStaysIn(String room) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(packages(room))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.croft." + room + "..internal..");
  }

  private static ArchRule owned(String library, List<String> owners) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(
            owners.stream().map(ArchitectureTest::packages).toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library);
  }

  private static DescribedPredicate<JavaClass> jacksonBesidesTrees() {
    return resideInAPackage("com.fasterxml.jackson..")
        .and(resideOutsideOfPackages("com.fasterxml.jackson.databind.node.."))
        .and(
            DescribedPredicate.describe(
                "are not JsonNode", type -> !type.getSimpleName().equals("JsonNode")));
  }

  private static String packages(String room) {
    return "io.croft." + room + "..";
  }
}
