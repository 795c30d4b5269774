#include "support/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "base/check.h"

namespace tideover::support {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

void AddExtension(X509* cert, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  TIDEOVER_CHECK(extension != nullptr, value);
  X509_add_ext(cert, extension.get(), -1);
}

Certificate MakeCertificate(EVP_PKEY* key, const std::string& subject) {
  Certificate cert(X509_new());
  X509_set_version(cert.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 24L * 3600);
  X509_set_pubkey(cert.get(), key);
  X509_NAME* name = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("tideover test"), -1, -1, 0);
  X509_set_issuer_name(cert.get(), name);
  AddExtension(cert.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(cert.get(), NID_subject_alt_name, subject);
  TIDEOVER_CHECK(X509_sign(cert.get(), key, EVP_sha256()) > 0, "X509_sign");
  return cert;
}

template <typename Write>
void WriteFile(const std::string& path, Write write) {
  std::unique_ptr<FILE, Freer<fclose>> file(fopen(path.c_str(), "wb"));
  TIDEOVER_CHECK(file != nullptr, path);
  TIDEOVER_CHECK(write(file.get()) == 1, path);
}

}  // namespace

TestCertificate::TestCertificate(const std::string& subject) {
  std::string pattern = (std::filesystem::temp_directory_path() / "tideover-cert-XXXXXX").string();
  TIDEOVER_CHECK(mkdtemp(pattern.data()) != nullptr, pattern);
  dir_ = pattern;
  Key key(EVP_EC_gen("P-256"));
  Certificate cert = MakeCertificate(key.get(), subject);
  WriteFile(cert_file(), [&](FILE* file) { return PEM_write_X509(file, cert.get()); });
  WriteFile(key_file(), [&](FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

TestCertificate::~TestCertificate() {
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

}  // namespace tideover::support
